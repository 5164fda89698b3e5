/* test_json.c - the JSON codec: every field type there and back, every refusal with its path, and the checks on
 * packed bytes. The message type used here is written out by hand so that it holds every kind of field. */
#include "base/arena.h"
#include "json/jsonpb.h"
#include "production.pb-c.h"
#include "wire.pb-c.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#define MUST_HOLD 65536

/* ---- a message with every kind of field ---- */

struct every {
    ProtobufCMessage base;
    int32_t int32_one;
    uint32_t uint32_one;
    int64_t int64_one;
    uint64_t uint64_one;
    protobuf_c_boolean bool_one;
    int kind_one;
    char *string_one;
    ProtobufCBinaryData bytes_one;
    struct every *every_one;
    size_t n_int64_list;
    int64_t *int64_list;
    size_t n_string_list;
    char **string_list;
    size_t n_bytes_list;
    ProtobufCBinaryData *bytes_list;
    size_t n_kind_list;
    int *kind_list;
    size_t n_every_list;
    struct every **every_list;
    int given_case;
    union {
        int64_t given_number;
        char *given_text;
        struct every *given_every;
    };
    int32_t sint32_one;
    int64_t sfixed64_one;
    protobuf_c_boolean has_maybe;
    int32_t maybe;
    size_t n_bool_list;
    protobuf_c_boolean *bool_list;
};

static const ProtobufCEnumValue kind_values[] = {
    {"KIND_UNKNOWN", "KIND_UNKNOWN", 0}, {"KIND_RED", "KIND_RED", 1}, {"KIND_BLUE", "KIND_BLUE", 7}};
static const ProtobufCEnumValueIndex kind_names[] = {{"KIND_BLUE", 2}, {"KIND_RED", 1}, {"KIND_UNKNOWN", 0}};
static const ProtobufCIntRange kind_ranges[] = {{0, 0}, {7, 2}, {0, 3}};
static const ProtobufCEnumDescriptor kind_type = {
    PROTOBUF_C__ENUM_DESCRIPTOR_MAGIC, "test.Kind", "Kind", "Kind", "test", 3, kind_values, 3, kind_names, 2,
    kind_ranges, NULL, NULL, NULL, NULL};

static const ProtobufCMessageDescriptor every_type;

#define ONE(name, id, type, sub)                                                                                       \
    {#name, id, PROTOBUF_C_LABEL_NONE, PROTOBUF_C_TYPE_##type, 0, offsetof(struct every, name), sub, NULL, 0, 0, NULL, \
     NULL}
#define LIST(name, id, type, sub)                                                                                     \
    {#name, id, PROTOBUF_C_LABEL_REPEATED, PROTOBUF_C_TYPE_##type, offsetof(struct every, n_##name),                  \
     offsetof(struct every, name), sub, NULL, 0, 0, NULL, NULL}
#define MEMBER(name, id, type, sub)                                                                                   \
    {#name, id, PROTOBUF_C_LABEL_NONE, PROTOBUF_C_TYPE_##type, offsetof(struct every, given_case),                    \
     offsetof(struct every, name), sub, NULL, PROTOBUF_C_FIELD_FLAG_ONEOF, 0, NULL, NULL}

static const ProtobufCFieldDescriptor every_fields[] = {
    ONE(int32_one, 1, INT32, NULL),
    ONE(uint32_one, 2, UINT32, NULL),
    ONE(int64_one, 3, INT64, NULL),
    ONE(uint64_one, 4, UINT64, NULL),
    ONE(bool_one, 5, BOOL, NULL),
    ONE(kind_one, 6, ENUM, &kind_type),
    ONE(string_one, 7, STRING, NULL),
    ONE(bytes_one, 8, BYTES, NULL),
    ONE(every_one, 9, MESSAGE, &every_type),
    LIST(int64_list, 10, INT64, NULL),
    LIST(string_list, 11, STRING, NULL),
    LIST(bytes_list, 12, BYTES, NULL),
    LIST(kind_list, 13, ENUM, &kind_type),
    LIST(every_list, 14, MESSAGE, &every_type),
    MEMBER(given_number, 15, INT64, NULL),
    MEMBER(given_text, 16, STRING, NULL),
    MEMBER(given_every, 17, MESSAGE, &every_type),
    ONE(sint32_one, 18, SINT32, NULL),
    ONE(sfixed64_one, 19, SFIXED64, NULL),
    {"maybe", 20, PROTOBUF_C_LABEL_OPTIONAL, PROTOBUF_C_TYPE_INT32, offsetof(struct every, has_maybe),
     offsetof(struct every, maybe), NULL, NULL, 0, 0, NULL, NULL},
    LIST(bool_list, 21, BOOL, NULL),
};
static const ProtobufCIntRange every_ranges[] = {{1, 0}, {0, 21}};

static void every_init(ProtobufCMessage *message)
{
    memset(message, 0, sizeof(struct every));
    message->descriptor = &every_type;
}

static const ProtobufCMessageDescriptor every_type = {
    PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC, "test.Every", "Every", "Every", "test", sizeof(struct every), 21,
    every_fields, NULL, 1, every_ranges, every_init, NULL, NULL, NULL};

/* ---- helpers ---- */

static struct every *decode(const char *text)
{
    struct json_error error;
    ProtobufCMessage *message = json_decode(&every_type, text, strlen(text), NULL, &error);
    if (message == NULL) {
        fail_msg("%s: at \"%s\" found %s, needs %s", text, error.path, error.found, error.needed);
    }
    return (struct every *)(void *)message;
}

static void release(struct every *every)
{
    protobuf_c_message_free_unpacked(&every->base, NULL);
}

static void encoded(const ProtobufCMessage *message, const char *expected)
{
    struct json_out out;
    json_out_init(&out, MUST_HOLD, NULL);
    json_put_message(&out, message);
    json_put_bytes(&out, "", 1);
    assert_false(out.failed);
    assert_string_equal(out.text, expected);
    json_out_free(&out);
}

/* Reads `text`, and expects it printed as `expected` (NULL: the same text), also after a trip through the wire. */
static void trip(const char *text, const char *expected)
{
    struct every *every = decode(text);
    encoded(&every->base, expected == NULL ? text : expected);
    struct json_error error;
    assert_true(pb_check(&every->base, &error));
    uint8_t *packed = malloc(protobuf_c_message_get_packed_size(&every->base) + 1);
    assert_non_null(packed);
    size_t bytes = protobuf_c_message_pack(&every->base, packed);
    assert_true(pb_check_wire(&every_type, packed, bytes, &error));
    struct every *again = (struct every *)(void *)protobuf_c_message_unpack(&every_type, NULL, bytes, packed);
    assert_non_null(again);
    encoded(&again->base, expected == NULL ? text : expected);
    free(packed);
    release(again);
    release(every);
}

static void refused_bytes(const char *text, size_t bytes, enum json_fault fault, const char *path)
{
    struct json_error error = {0};
    ProtobufCMessage *message = json_decode(&every_type, text, bytes, NULL, &error);
    if (message != NULL) {
        fail_msg("accepted: %s", text);
    }
    if (error.fault != fault || strcmp(error.path, path) != 0 || error.found[0] == '\0' || error.needed[0] == '\0') {
        fail_msg("%s: fault %d at \"%s\" found \"%s\" needed \"%s\"", text, (int)error.fault, error.path, error.found,
                 error.needed);
    }
}

static void refused(const char *text, enum json_fault fault, const char *path)
{
    refused_bytes(text, strlen(text), fault, path);
}

static void refused_saying(const char *text, const char *path, const char *found, const char *needed)
{
    struct json_error error = {0};
    assert_null(json_decode(&every_type, text, strlen(text), NULL, &error));
    assert_string_equal(error.path, path);
    assert_string_equal(error.found, found);
    assert_string_equal(error.needed, needed);
}

/* ---- round trips ---- */

static void test_round_trips(void **state)
{
    (void)state;
    trip("{}", NULL);
    trip(" \t\r\n{ } ", "{}");
    trip("{\"int32One\":-2147483648,\"uint32One\":4294967295}", NULL);
    trip("{\"int64One\":\"-9223372036854775808\",\"uint64One\":\"18446744073709551615\"}", NULL);
    trip("{\"int64One\":\"9007199254740993\"}", NULL);
    trip("{\"boolOne\":true,\"kindOne\":\"KIND_BLUE\"}", NULL);
    trip("{\"stringOne\":\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001/रसद\"}", NULL);
    trip("{\"bytesOne\":\"AP/+\"}", NULL);
    trip("{\"everyOne\":{\"everyOne\":{}}}", NULL);
    trip("{\"int64List\":[\"1\",\"-2\",\"0\"],\"stringList\":[\"\",\"a\"],\"bytesList\":[\"\",\"AQ==\"]}", NULL);
    trip("{\"kindList\":[\"KIND_UNKNOWN\",\"KIND_RED\"],\"everyList\":[{},{\"int32One\":1}]}", NULL);
    trip("{\"sint32One\":-5,\"sfixed64One\":\"-6\",\"maybe\":0,\"boolList\":[true,false]}", NULL);
}

static void test_oneof_members_show_when_set(void **state)
{
    (void)state;
    trip("{\"givenNumber\":\"0\"}", NULL);
    trip("{\"givenText\":\"\"}", NULL);
    trip("{\"givenEvery\":{}}", NULL);
    trip("{\"givenText\":null,\"givenNumber\":3}", "{\"givenNumber\":\"3\"}");
}

static void test_defaults_and_null_are_absent(void **state)
{
    (void)state;
    trip("{\"int32One\":0,\"int64One\":\"0\",\"boolOne\":false,\"kindOne\":0,\"stringOne\":\"\",\"bytesOne\":\"\","
         "\"int64List\":[]}",
         "{}");
    trip("{\"int32One\":null,\"everyOne\":null,\"everyList\":null,\"maybe\":null}", "{}");
}

static void test_names_in_both_forms(void **state)
{
    (void)state;
    trip("{\"int32_one\":1,\"string_list\":[\"x\"],\"given_text\":\"y\"}",
         "{\"int32One\":1,\"stringList\":[\"x\"],\"givenText\":\"y\"}");
    refused("{\"int32One\":1,\"int32_one\":1}", JSON_TWICE, "int32One");
    refused("{\"Int32One\":1}", JSON_UNKNOWN, "Int32One");
    refused("{\"int32One_\":1}", JSON_UNKNOWN, "int32One_");
    refused("{\"int32on\":1}", JSON_UNKNOWN, "int32on");
    trip("{\"\\u0069nt32One\":1}", "{\"int32One\":1}");
}

static void test_integers_in_every_form(void **state)
{
    (void)state;
    trip("{\"int64One\":1e3}", "{\"int64One\":\"1000\"}");
    trip("{\"int64One\":\"1e3\"}", "{\"int64One\":\"1000\"}");
    trip("{\"int64One\":2.50E2}", "{\"int64One\":\"250\"}");
    trip("{\"int64One\":-0}", "{}");
    trip("{\"int64One\":0e999999999999}", "{}");
    trip("{\"int64One\":100e-2,\"int32One\":3.0}", "{\"int32One\":3,\"int64One\":\"1\"}");
    trip("{\"int64One\":0.00001e5}", "{\"int64One\":\"1\"}");
    trip("{\"int64One\":9007199254740992}", "{\"int64One\":\"9007199254740992\"}");
    trip("{\"int64One\":\"9223372036854775807\"}", NULL);
    trip("{\"int64List\":[1,\"-2\",3],\"stringOne\":\"4 \\\" -5\",\"int32One\":6}",
         "{\"int32One\":6,\"stringOne\":\"4 \\\" -5\",\"int64List\":[\"1\",\"-2\",\"3\"]}");
    refused("{\"int64One\":9007199254740993}", JSON_OUT_OF_RANGE, "int64One");
    refused("{\"int64One\":-9007199254740993}", JSON_OUT_OF_RANGE, "int64One");
    refused("{\"uint64One\":18446744073709551615}", JSON_OUT_OF_RANGE, "uint64One");
    refused("{\"int64One\":\"9223372036854775808\"}", JSON_OUT_OF_RANGE, "int64One");
    refused("{\"int64One\":\"-9223372036854775809\"}", JSON_OUT_OF_RANGE, "int64One");
    refused("{\"uint64One\":\"18446744073709551616\"}", JSON_OUT_OF_RANGE, "uint64One");
    refused("{\"uint64One\":-1}", JSON_OUT_OF_RANGE, "uint64One");
    refused("{\"uint32One\":-1}", JSON_OUT_OF_RANGE, "uint32One");
    refused("{\"uint32One\":4294967296}", JSON_OUT_OF_RANGE, "uint32One");
    refused("{\"int32One\":2147483648}", JSON_OUT_OF_RANGE, "int32One");
    refused("{\"int32One\":-2147483649}", JSON_OUT_OF_RANGE, "int32One");
    refused("{\"int32One\":1e400}", JSON_OUT_OF_RANGE, "int32One");
    refused("{\"int32One\":1e99999999999}", JSON_OUT_OF_RANGE, "int32One");
    refused("{\"int32One\":1.5}", JSON_BAD_FORMAT, "int32One");
    refused("{\"int32One\":1e-1}", JSON_BAD_FORMAT, "int32One");
    refused("{\"int32One\":\"\"}", JSON_BAD_FORMAT, "int32One");
    refused("{\"int32One\":\" 1\"}", JSON_BAD_FORMAT, "int32One");
    refused("{\"int32One\":\"+1\"}", JSON_BAD_FORMAT, "int32One");
    refused("{\"int32One\":\"01\"}", JSON_BAD_FORMAT, "int32One");
    refused("{\"int32One\":\"1,000\"}", JSON_BAD_FORMAT, "int32One");
    refused("{\"int32One\":\"0x10\"}", JSON_BAD_FORMAT, "int32One");
    refused("{\"int32One\":\"NaN\"}", JSON_BAD_FORMAT, "int32One");
    refused("{\"int32One\":true}", JSON_BAD_FORMAT, "int32One");
    refused("{\"int32One\":[1]}", JSON_BAD_FORMAT, "int32One");
}

static void test_number_text_at_its_bound(void **state)
{
    (void)state;
    trip("{\"int64One\":1.00000000000000000000000000000000000000}", "{\"int64One\":\"1\"}");
    refused("{\"int64One\":1.000000000000000000000000000000000000000}", JSON_OUT_OF_RANGE, "int64One");
    _Static_assert(sizeof "1.00000000000000000000000000000000000000" - 1 == JSON_NUMBER_BYTES_MAX, "at the bound");
}

static void test_bytes_of_every_alphabet(void **state)
{
    (void)state;
    trip("{\"bytesOne\":\"+/8=\"}", NULL);
    trip("{\"bytesOne\":\"+/8\"}", "{\"bytesOne\":\"+/8=\"}");
    trip("{\"bytesOne\":\"-_8\"}", "{\"bytesOne\":\"+/8=\"}");
    trip("{\"bytesOne\":\"-_8=\"}", "{\"bytesOne\":\"+/8=\"}");
    refused("{\"bytesOne\":\"+_8=\"}", JSON_BAD_FORMAT, "bytesOne");
    refused("{\"bytesOne\":\"A\"}", JSON_BAD_FORMAT, "bytesOne");
    refused("{\"bytesOne\":\"AQ=\"}", JSON_BAD_FORMAT, "bytesOne");
    refused("{\"bytesOne\":\"A Q=\"}", JSON_BAD_FORMAT, "bytesOne");
    refused("{\"bytesOne\":7}", JSON_BAD_FORMAT, "bytesOne");
}

static void test_enums(void **state)
{
    (void)state;
    trip("{\"kindOne\":7}", "{\"kindOne\":\"KIND_BLUE\"}");
    trip("{\"kindOne\":7e0}", "{\"kindOne\":\"KIND_BLUE\"}");
    refused_saying("{\"kindOne\":2}", "kindOne", "2", "a value of Kind, such as KIND_RED");
    refused_saying("{\"kindOne\":\"RED\"}", "kindOne", "\"RED\"", "a value of Kind, such as KIND_RED");
    refused("{\"kindOne\":1.5}", JSON_BAD_FORMAT, "kindOne");
    refused("{\"kindOne\":true}", JSON_BAD_FORMAT, "kindOne");
    refused("{\"kindList\":[1,3]}", JSON_UNKNOWN, "kindList[1]");
}

/* ---- refusals ---- */

static void test_wrong_types_name_what_was_found(void **state)
{
    (void)state;
    refused_saying("{\"stringOne\":12.5}", "stringOne", "12.5", "a string");
    refused_saying("{\"int32One\":1,\"stringOne\":2}", "stringOne", "2", "a string");
    refused_saying("{\"everyOne\":[]}", "everyOne", "a list", "an object");
    refused_saying("{\"everyList\":{}}", "everyList", "an object", "a list");
    refused_saying("{\"boolOne\":\"true\"}", "boolOne", "\"true\"", "true or false");
    refused_saying("{\"boolOne\":1}", "boolOne", "1", "true or false");
    refused_saying("{\"int64List\":[1,null]}", "int64List[1]", "null", "a value; a list has no gaps");
    refused_saying("{\"everyList\":[{},{\"everyList\":[{\"int32One\":2.5}]}]}", "everyList[1].everyList[0].int32One",
                   "2.5", "a whole number, -2147483648 to 2147483647");
    refused("[]", JSON_BAD_FORMAT, "");
    refused("3", JSON_BAD_FORMAT, "");
    refused("null", JSON_BAD_FORMAT, "");
    refused("\"{}\"", JSON_BAD_FORMAT, "");
}

static void test_doubles_and_unknown(void **state)
{
    (void)state;
    refused("{\"int32One\":1,\"int32One\":1}", JSON_TWICE, "int32One");
    refused("{\"int32One\":null,\"int32One\":1}", JSON_TWICE, "int32One");
    refused("{\"everyOne\":{\"int32One\":1,\"int32\\u004fne\":2}}", JSON_TWICE, "everyOne.int32One");
    refused_saying("{\"givenNumber\":1,\"givenText\":\"\"}", "givenText", "\"\"", "one of given_number and given_text");
    refused("{\"givenNumber\":1,\"givenEvery\":{}}", JSON_TWICE, "givenEvery");
    refused_saying("{\"everyList\":[{\"pieces\":4}]}", "everyList[0].pieces", "4", "a field of Every");
    refused("{\"everyOne\":{\"pieces\":null}}", JSON_UNKNOWN, "everyOne.pieces");
    refused("{\"\":1}", JSON_UNKNOWN, "");
}

static void test_bad_grammar(void **state)
{
    (void)state;
    static const struct {
        const char *text, *path;
    } cases[] = {
        {"", ""},
        {" ", ""},
        {"{", ""},
        {"}", ""},
        {"{}x", ""},
        {"{} {}", ""},
        {"{},", ""},
        {"{,}", ""},
        {"{\"int32One\"}", ""},
        {"{\"int32One\":}", "int32One"},
        {"{\"int32One\":1,}", ""},
        {"{int32One:1}", ""},
        {"{'int32One':1}", ""},
        {"{\"int32One\":01}", "int32One"},
        {"{\"int32One\":1.}", "int32One"},
        {"{\"int32One\":.5}", "int32One"},
        {"{\"int32One\":+1}", "int32One"},
        {"{\"int32One\":-}", "int32One"},
        {"{\"int32One\":1e}", "int32One"},
        {"{\"int32One\":1e+}", "int32One"},
        {"{\"int32One\":1.2.3}", "int32One"},
        {"{\"int32One\":0x10}", ""},
        {"{\"int32One\":NaN}", "int32One"},
        {"{\"int32One\":Infinity}", "int32One"},
        {"{\"boolOne\":True}", "boolOne"},
        {"{\"boolOne\":tru}", "boolOne"},
        {"{\"int64List\":[1,]}", "int64List[1]"},
        {"{\"int64List\":[1 2]}", "int64List"},
        {"{\"int64List\":[1", "int64List"},
        {"{\"everyList\":[{},{\"stringOne\":\"a\nb\"}]}", "everyList[1].stringOne"},
        {"{\"stringOne\":\"\x01\"}", "stringOne"},
        {"{\"stringOne\":\"\\x\"}", "stringOne"},
        {"{\"stringOne\":\"\\u12g4\"}", "stringOne"},
        {"{\"stringOne\":\"\\u0000\"}", "stringOne"},
        {"{\"stringOne\":\"\\ud800\"}", "stringOne"},
        {"{\"stringOne\":\"\\ud800\\u0041\"}", "stringOne"},
        {"{\"stringOne\":\"\\udc00\"}", "stringOne"},
        {"{\"stringOne\":\"open}", "stringOne"},
        {"{\"stringOne\":\"\\\"}", "stringOne"},
        {"{\"int32One\":1 /* one */}", ""},
        {"\xef\xbb\xbf{}", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        refused(cases[i].text, JSON_BAD_FORMAT, cases[i].path);
    }
    trip("{\"stringOne\":\"\\ud83d\\ude37\"}", "{\"stringOne\":\"\xf0\x9f\x98\xb7\"}");
}

static void test_bad_utf8_and_nul(void **state)
{
    (void)state;
    static const char *const bad[] = {"\x80", "\xc0\xaf", "\xc3", "\xe0\x80\xaf", "\xed\xa0\x80",
                                      "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80", "\xff", "\xe0\xa4"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[64];
        snprintf(text, sizeof text, "{\"stringList\":[\"a\",\"%s\"]}", bad[i]);
        refused(text, JSON_BAD_FORMAT, "stringList[1]");
        snprintf(text, sizeof text, "{\"%s\":1}", bad[i]);
        refused(text, JSON_BAD_FORMAT, "");
    }
    static const char nul_inside[] = "{\"stringOne\":\"a\0b\"}", nul_after[] = "{}\0";
    refused_bytes(nul_inside, sizeof nul_inside - 1, JSON_BAD_FORMAT, "stringOne");
    refused_bytes(nul_after, sizeof nul_after - 1, JSON_BAD_FORMAT, "");
}

static void nested(char *text, size_t levels)
{
    *text = '\0';
    for (size_t i = 1; i < levels; i++) {
        strcat(text, "{\"everyOne\":");
    }
    strcat(text, "{}");
    for (size_t i = 1; i < levels; i++) {
        strcat(text, "}");
    }
}

static void test_depth_at_its_bound(void **state)
{
    (void)state;
    char text[1024];
    nested(text, JSON_DEPTH_MAX);
    trip(text, NULL);
    nested(text, JSON_DEPTH_MAX + 1);
    struct json_error error;
    assert_null(json_decode(&every_type, text, strlen(text), NULL, &error));
    assert_int_equal(error.fault, JSON_OUT_OF_RANGE);
    assert_memory_equal(error.path, "everyOne.everyOne.", 18);
    assert_int_equal(strlen(error.path), JSON_DEPTH_MAX * strlen("everyOne.") - 1);

    char *deep = malloc(200001);
    assert_non_null(deep);
    memset(deep, '[', 200000);
    assert_null(json_decode(&every_type, deep, 200000, NULL, &error));
    assert_int_equal(error.fault, JSON_OUT_OF_RANGE);
    free(deep);
}

/* ---- memory ---- */

struct counted {
    size_t left, live;
};

static void *counted_alloc(void *ctx, size_t bytes)
{
    struct counted *counted = ctx;
    if (counted->left == 0) {
        return NULL;
    }
    counted->left--;
    counted->live++;
    return malloc(bytes);
}

static void counted_free(void *ctx, void *pointer)
{
    struct counted *counted = ctx;
    counted->live -= pointer != NULL ? 1 : 0;
    free(pointer);
}

static void test_long_paths_are_cut(void **state)
{
    (void)state;
    char text[4096] = "";
    static const char key[] = "{\"a_key_that_nobody_would_ever_make_so_long\":";
    for (size_t i = 0; i < JSON_DEPTH_MAX; i++) {
        strcat(text, key);
    }
    struct json_error error;
    assert_false(json_scan(text, strlen(text), &error));
    assert_int_equal(strlen(error.path), JSON_PATH_BYTES_MAX - 1);
}

static void test_every_failed_allocation_is_clean(void **state)
{
    (void)state;
    static const char text[] = "{\"stringOne\":\"a\",\"bytesOne\":\"AQ==\",\"int64List\":[1,2],\"stringList\":[\"b\"],"
                               "\"everyList\":[{\"givenText\":\"c\"},{\"bytesList\":[\"AQ\"]}],\"everyOne\":{}}";
    bool done = false;
    for (size_t n = 0; !done; n++) {
        struct counted counted = {.left = n};
        ProtobufCAllocator memory = {counted_alloc, counted_free, &counted};
        struct json_error error;
        ProtobufCMessage *message = json_decode(&every_type, text, sizeof text - 1, &memory, &error);
        done = message != NULL;
        if (done) {
            protobuf_c_message_free_unpacked(message, &memory);
        } else {
            assert_int_equal(error.fault, JSON_NO_MEMORY);
        }
        assert_int_equal(counted.live, 0);
        assert_true(n < 200);
    }
}

static void test_refusals_leak_nothing(void **state)
{
    (void)state;
    static const char text[] = "{\"stringOne\":\"a\",\"stringList\":[\"b\",\"c\",3],\"int64List\":[1]}";
    struct counted counted = {.left = 1000};
    ProtobufCAllocator memory = {counted_alloc, counted_free, &counted};
    struct json_error error;
    assert_null(json_decode(&every_type, text, sizeof text - 1, &memory, &error));
    assert_string_equal(error.path, "stringList[2]");
    assert_int_equal(counted.live, 0);
}

static void test_in_an_arena(void **state)
{
    (void)state;
    struct arena arena;
    assert_true(arena_init(&arena, 64 * 1024));
    struct json_error error;
    static const char text[] = "{\"stringList\":[\"a\",\"b\"]}";
    ProtobufCMessage *message = json_decode(&every_type, text, sizeof text - 1, arena_pb(&arena), &error);
    assert_non_null(message);
    encoded(message, text);
    arena_reset(&arena);

    static char wide[60000];
    strcpy(wide, "{\"int64List\":[1");
    for (size_t i = 0; i < 10000; i++) {
        strcat(wide + 4 * i, ",123");
    }
    strcat(wide, "]}");
    assert_null(json_decode(&every_type, wide, strlen(wide), arena_pb(&arena), &error));
    assert_int_equal(error.fault, JSON_NO_MEMORY);
    arena_destroy(&arena);
}

/* ---- printing ---- */

static void test_output_is_bounded(void **state)
{
    (void)state;
    struct every *every = decode("{\"stringOne\":\"0123456789\",\"bytesOne\":\"AQID\"}");
    static const char expected[] = "{\"stringOne\":\"0123456789\",\"bytesOne\":\"AQID\"}";
    for (size_t max = 0; max <= sizeof expected + 1; max++) {
        struct json_out out;
        json_out_init(&out, max, NULL);
        json_put_message(&out, &every->base);
        assert_true(out.bytes <= max);
        assert_true(!out.failed || max < sizeof expected);
        assert_true(out.failed || (out.bytes == sizeof expected - 1 && max >= out.bytes));
        json_out_free(&out);
    }
    release(every);
}

static void test_what_has_no_json_form(void **state)
{
    (void)state;
    struct every every;
    char bad[] = "\xff";
    every_init(&every.base);
    every.string_one = bad;
    struct json_out out;
    json_out_init(&out, 1000, NULL);
    json_put_message(&out, &every.base);
    assert_true(out.failed);
    json_out_free(&out);
    every_init(&every.base);
    every.kind_one = 5;
    encoded(&every.base, "{\"kindOne\":5}");
}

static void test_large_output_grows(void **state)
{
    (void)state;
    static char text[40000];
    strcpy(text, "{\"stringList\":[\"");
    memset(text + strlen(text), 'x', 30000);
    strcat(text, "\"]}");
    trip(text, NULL);
}

/* ---- packed bytes ---- */

static void wire_refused(const void *bytes, size_t size, enum json_fault fault, const char *path)
{
    struct json_error error;
    if (pb_check_wire(&every_type, bytes, size, &error)) {
        fail_msg("accepted, want path %s", path);
    }
    assert_string_equal(error.path, path);
    assert_int_equal(error.fault, fault);
}

#define WIRE(text, fault, path) wire_refused(text, sizeof text - 1, fault, path)

static void test_wire_checks(void **state)
{
    (void)state;
    struct json_error error;
    assert_true(pb_check_wire(&every_type, (const uint8_t *)"", 0, &error));
    WIRE("\x3a\x02" "a\xff", JSON_BAD_FORMAT, "stringOne");
    WIRE("\x3a\x03" "a\0b", JSON_BAD_FORMAT, "stringOne");
    WIRE("\x5a\x01" "a\x5a\x01\xff", JSON_BAD_FORMAT, "stringList[1]");
    WIRE("\x72\x00\x72\x03\x3a\x01\xff", JSON_BAD_FORMAT, "everyList[1].stringOne");
    WIRE("\x30\x05", JSON_UNKNOWN, "kindOne");
    WIRE("\x6a\x02\x01\x02", JSON_UNKNOWN, "kindList[0]");
    WIRE("\xf2\x01\x00", JSON_UNKNOWN, "");
    WIRE("\x4a\x03\xf8\x07\x01", JSON_UNKNOWN, "everyOne");
    WIRE("\x08\x01\x08\x01", JSON_TWICE, "int32One");
    WIRE("\x78\x01\x82\x01\x00", JSON_TWICE, "givenText");
    WIRE("\x0a\x01" "a", JSON_BAD_FORMAT, "int32One");
    WIRE("\x38\x01", JSON_BAD_FORMAT, "stringOne");
    WIRE("\x08\xff\xff\xff\xff\x0f", JSON_OUT_OF_RANGE, "int32One");
    WIRE("\x28\x02", JSON_OUT_OF_RANGE, "boolOne");
    WIRE("\x08", JSON_BAD_FORMAT, "");
    WIRE("\x00\x01", JSON_BAD_FORMAT, "");
    WIRE("\x0b\x0c", JSON_BAD_FORMAT, "");
    WIRE("\x3a\x05" "abc", JSON_BAD_FORMAT, "");
    WIRE("\x3a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", JSON_BAD_FORMAT, "");
    WIRE("\x3a\x80\x80\x80\x80\x80\x00", JSON_BAD_FORMAT, ""); /* a length of six bytes: unpack would not read it */
    WIRE("\x88\x80\x80\x80\x80\x00\x01", JSON_BAD_FORMAT, "");
    WIRE("\x52\x02\x01\x80", JSON_BAD_FORMAT, "int64List[0]");
    WIRE("\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", JSON_BAD_FORMAT, "");
}

static void test_wire_depth(void **state)
{
    (void)state;
    uint8_t deep[64];
    struct json_error error;
    for (unsigned levels = JSON_DEPTH_MAX; levels <= JSON_DEPTH_MAX + 1; levels++) {
        size_t bytes = 2 * (levels - 1);
        for (size_t i = 0; i < bytes; i += 2) {
            deep[i] = 0x4a;
            deep[i + 1] = (uint8_t)(bytes - i - 2);
        }
        assert_int_equal(pb_check_wire(&every_type, deep, bytes, &error), levels == JSON_DEPTH_MAX);
    }
    assert_int_equal(error.fault, JSON_OUT_OF_RANGE);
}

static void test_check_after_unpack(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        const char *path;
    } cases[] = {
        {"\x3a\x02" "a\xff", 4, "stringOne"},
        {"\x72\x00\x72\x02\x30\x05", 6, "everyList[1].kindOne"},
        {"\x72\x03\xf8\x07\x01", 5, "everyList[0]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ProtobufCMessage *message =
            protobuf_c_message_unpack(&every_type, NULL, cases[i].size, (const uint8_t *)cases[i].bytes);
        assert_non_null(message);
        struct json_error error;
        assert_false(pb_check(message, &error));
        assert_string_equal(error.path, cases[i].path);
        protobuf_c_message_free_unpacked(message, NULL);
    }
}

/* ---- messages of our own ---- */

static void test_our_messages(void **state)
{
    (void)state;
    static const char text[] = "{\"requestId\":\"6b1c\",\"workDate\":\"2020-04-14\",\"lines\":[{\"place\":\"shg.7\","
                               "\"item\":\"mask\",\"good\":\"260\",\"spoiled\":\"4\",\"membersAtWork\":5},"
                               "{\"place\":\"shg.8\",\"corrects\":{\"requestId\":\"x\",\"line\":2}}]}";
    struct json_error error;
    ProtobufCMessage *message =
        json_decode(&rasad__v1__log_output_request__descriptor, text, sizeof text - 1, NULL, &error);
    assert_non_null(message);
    const Rasad__V1__LogOutputRequest *request = (const Rasad__V1__LogOutputRequest *)(const void *)message;
    assert_int_equal(request->n_lines, 2);
    assert_int_equal(request->lines[0]->good, 260);
    encoded(message, text);
    protobuf_c_message_free_unpacked(message, NULL);

    static const char bad[] = "{\"lines\":[{},{},{},{\"good\":\"2.5\"}]}";
    assert_null(json_decode(&rasad__v1__log_output_request__descriptor, bad, sizeof bad - 1, NULL, &error));
    assert_string_equal(error.path, "lines[3].good");
    assert_string_equal(error.found, "2.5");
}

/* Every message type that a frame can hold stays within the codec's bounds, at any depth. */
static unsigned depth_of(const ProtobufCMessageDescriptor *type, unsigned above)
{
    unsigned deepest = above + 1;
    assert_true(type->n_fields <= JSON_FIELDS_MAX);
    assert_true(deepest <= JSON_DEPTH_MAX / 2); /* a list and an object for each level */
    for (unsigned i = 0; i < type->n_fields; i++) {
        ProtobufCType kind = type->fields[i].type;
        assert_true(kind != PROTOBUF_C_TYPE_FLOAT && kind != PROTOBUF_C_TYPE_DOUBLE);
        if (kind == PROTOBUF_C_TYPE_MESSAGE) {
            unsigned below = depth_of(type->fields[i].descriptor, above + 1);
            deepest = below > deepest ? below : deepest;
        }
    }
    return deepest;
}

static void test_our_types_fit(void **state)
{
    (void)state;
    const ProtobufCServiceDescriptor *service = &rasad__v1__production__descriptor;
    for (unsigned i = 0; i < service->n_methods; i++) {
        depth_of(service->methods[i].input, 0);
        depth_of(service->methods[i].output, 0);
    }
    depth_of(&rasad__v1__frame__descriptor, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_oneof_members_show_when_set),
        cmocka_unit_test(test_defaults_and_null_are_absent),
        cmocka_unit_test(test_names_in_both_forms),
        cmocka_unit_test(test_integers_in_every_form),
        cmocka_unit_test(test_number_text_at_its_bound),
        cmocka_unit_test(test_bytes_of_every_alphabet),
        cmocka_unit_test(test_enums),
        cmocka_unit_test(test_wrong_types_name_what_was_found),
        cmocka_unit_test(test_doubles_and_unknown),
        cmocka_unit_test(test_bad_grammar),
        cmocka_unit_test(test_bad_utf8_and_nul),
        cmocka_unit_test(test_depth_at_its_bound),
        cmocka_unit_test(test_long_paths_are_cut),
        cmocka_unit_test(test_every_failed_allocation_is_clean),
        cmocka_unit_test(test_refusals_leak_nothing),
        cmocka_unit_test(test_in_an_arena),
        cmocka_unit_test(test_output_is_bounded),
        cmocka_unit_test(test_what_has_no_json_form),
        cmocka_unit_test(test_large_output_grows),
        cmocka_unit_test(test_wire_checks),
        cmocka_unit_test(test_wire_depth),
        cmocka_unit_test(test_check_after_unpack),
        cmocka_unit_test(test_our_messages),
        cmocka_unit_test(test_our_types_fit),
    };
    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
