/* backup.c - what `rasad restore` reads: a manifest, a segment of the journal, the local rows.
 * Input:   a byte: whether the manifest is made to fit the files (else they would all be refused by their hashes), then
 *          the three files, each after its length of two bytes.
 * Holds:   a store comes out, or a line on stderr and nothing.
 */
#include "rasad/restore.c"

#include "base/ids.h"
#include "base/log.h"
#include "fuzz.h"

static char from_dir[64], to_dir[64];

static void gone(void)
{
    char path[128];
    static const char *const files[] = {"MANIFEST", "s", "local.bin"};
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", from_dir, files[i]);
        (void)unlink(path);
    }
    (void)rmdir(from_dir);
    (void)rmdir(to_dir);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    scratch_directory(from_dir, "backup");
    scratch_directory(to_dir, "restore");
    (void)setenv("RASAD_MAP_MIB", "16", 0);
    log_level_set(LOG_ERROR + 1);
    holds(freopen("/dev/null", "w", stdout) != NULL);
    (void)atexit(gone);
    return 0;
}

static struct slice part(struct input *in)
{
    size_t size = eat_number(in, 2);
    size = size < in->left ? size : in->left;
    struct slice slice = {in->at, size};
    in->at += size;
    in->left -= size;
    return slice;
}

static int manifest_line(char *line, size_t room, const char *name, int64_t first, int64_t last, struct slice file)
{
    uint8_t hash[HASH_BYTES];
    char hex[2 * HASH_BYTES + 1];
    hash_bytes(file.data, file.bytes, hash);
    hex_format(hash, HASH_BYTES, hex);
    return snprintf(line, room, "%s %lld %lld %zu %s\n", name, (long long)first, (long long)last, file.bytes, hex);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static struct archive archive;
    struct input in = {data, bytes};
    char manifest[1024], path[128];
    unsigned how = eat(&in);
    struct slice given = part(&in), segment = part(&in), local = part(&in);
    file_put(from_dir, "s", segment.data, segment.bytes);
    file_put(from_dir, "local.bin", local.data, local.bytes);
    if (how % 8 == 0) {
        file_put(from_dir, "MANIFEST", given.data, given.bytes);
    } else {
        int64_t last = how % 8; /* of its entries */
        int n = snprintf(manifest, sizeof manifest, "rasad backup 1 node n epoch 1\n");
        n += manifest_line(manifest + n, sizeof manifest - (size_t)n, "s", 1, last, segment);
        n += manifest_line(manifest + n, sizeof manifest - (size_t)n, "local.bin", 0, 0, local);
        file_put(from_dir, "MANIFEST", manifest, (size_t)n);
    }
    if (archive_read(from_dir, &archive) && archive_good(&archive)) (void)restore_into(&archive, to_dir);
    snprintf(path, sizeof path, "%s/rasad.lmdb", to_dir);
    (void)unlink(path);
    snprintf(path, sizeof path, "%s/rasad.lmdb-lock", to_dir);
    (void)unlink(path);
    return 0;
}
