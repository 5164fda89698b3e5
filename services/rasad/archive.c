/* archive.c - see archive.h. */
#include "rasad/archive.h"

#include "base/clock.h"
#include "base/ids.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void archive_path(const struct archive *archive, const char *name, char path[PATH_BYTES_MAX + 64])
{
    snprintf(path, PATH_BYTES_MAX + 64, "%s/%s", archive->dir, name);
}

/* False, always. A backup that root copied is whole, and belongs to root. */
static bool not_readable(const char *path)
{
    fprintf(stderr, "rasad: %s: %s; who owns the data must be able to read it\n", path, strerror(errno));
    return false;
}

static bool not_as_listed(const char *path)
{
    fprintf(stderr, "rasad: %s is not what the manifest says\n", path);
    return false;
}

static bool line_read(struct archive *archive, const char *line)
{
    struct archive_file *file = &archive->files[archive->n];
    char hex[2 * HASH_BYTES + 1];
    if (sscanf(line, "rasad backup 1 node %31s epoch %" SCNd32, archive->node, &archive->epoch) == 2) return true;
    if (archive->n == SEGMENTS_MAX) return false;
    if (sscanf(line, "%39s %" SCNd64 " %" SCNd64 " %" SCNd64 " %64s", file->name, &file->first, &file->last, &file->bytes,
               hex) != 5)
        return false;
    if (strchr(file->name, '/') != NULL || !hex_parse(hex, file->hash, HASH_BYTES)) return false;
    archive->n++;
    return true;
}

bool archive_read(const char *dir, struct archive *archive)
{
    char path[PATH_BYTES_MAX + 64], line[256];
    memset(archive, 0, sizeof *archive);
    if ((size_t)snprintf(archive->dir, sizeof archive->dir, "%s", dir) >= sizeof archive->dir) return false;
    if (archive_streamed(archive)) return true;
    archive_path(archive, "MANIFEST", path);
    FILE *file = fopen(path, "re");
    if (file == NULL && errno == ENOENT) return true;
    if (file == NULL) return not_readable(path);
    bool good = true;
    while (good && fgets(line, sizeof line, file) != NULL) good = line_read(archive, line);
    fclose(file);
    good = good && (archive->n == 0 || archive->node[0] != '\0');
    if (!good) fprintf(stderr, "rasad: %s is not a manifest of ours\n", path);
    return good;
}

bool archive_streamed(const struct archive *archive) { return strcmp(archive->dir, "-") == 0; }

static void manifest_text(const struct archive *archive, struct archive_out *out)
{
    char line[256], hex[2 * HASH_BYTES + 1];
    int n = snprintf(line, sizeof line, "rasad backup 1 node %s epoch %" PRId32 "\n", archive->node, archive->epoch);
    out_add(out, line, (size_t)n);
    for (size_t i = 0; i < archive->n; i++) {
        const struct archive_file *f = &archive->files[i];
        hex_format(f->hash, HASH_BYTES, hex);
        n = snprintf(line, sizeof line, "%s %" PRId64 " %" PRId64 " %" PRId64 " %s\n", f->name, f->first, f->last, f->bytes, hex);
        out_add(out, line, (size_t)n);
    }
}

bool archive_rename(const struct archive *archive, const char *from, const char *to)
{
    char before[PATH_BYTES_MAX + 64], after[PATH_BYTES_MAX + 64];
    archive_path(archive, from, before);
    archive_path(archive, to, after);
    if (rename(before, after) == 0) return true;
    fprintf(stderr, "rasad: %s: %s\n", after, strerror(errno));
    return false;
}

/* The names of a directory are on disk as well. */
static bool directory_synced(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) close(fd);
    return good;
}

bool archive_write_manifest(const struct archive *archive)
{
    static struct archive_out out;
    uint8_t hash[HASH_BYTES];
    bool streamed = archive_streamed(archive);
    if (!out_open(&out, archive, streamed ? "MANIFEST" : "MANIFEST.new")) return false;
    manifest_text(archive, &out);
    if (!out_close(&out, hash)) return false;
    if (streamed) return true;
    return directory_synced(archive->dir) && archive_rename(archive, "MANIFEST.new", "MANIFEST") && directory_synced(archive->dir);
}

static bool named(const struct archive *archive, const char *name)
{
    for (size_t i = 0; i < archive->n; i++)
        if (strcmp(archive->files[i].name, name) == 0) return true;
    return false;
}

/* By its whole form: an operator's notes beside it are not ours to remove. */
static bool ours(const char *name)
{
    static const char *const forms[] = {"journal-[0-9]*.seg", "local-[0-9]*.bin", "journal.new", "local.new"};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (strlen(name) < sizeof ((struct archive_file *)0)->name && fnmatch(forms[i], name, 0) == 0) return true;
    return false;
}

void archive_sweep(const struct archive *archive)
{
    char path[PATH_BYTES_MAX + 64];
    DIR *dir = opendir(archive->dir);
    struct dirent *entry;
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        if (!ours(entry->d_name) || named(archive, entry->d_name)) continue;
        archive_path(archive, entry->d_name, path);
        (void)unlink(path);
    }
    if (dir != NULL) closedir(dir);
}

struct archive_file *archive_newest(struct archive *archive)
{
    struct archive_file *newest = NULL;
    for (size_t i = 0; i < archive->n; i++)
        if (archive->files[i].first != 0 && (newest == NULL || archive->files[i].last > newest->last)) newest = &archive->files[i];
    return newest;
}

bool archive_last(struct archive *archive, int64_t *sequence, uint8_t hash[HASH_BYTES])
{
    char path[PATH_BYTES_MAX + 64];
    const struct archive_file *newest = archive_newest(archive);
    uint64_t found, bytes;
    *sequence = 0;
    if (newest == NULL) return true;
    archive_path(archive, newest->name, path);
    FILE *file = fopen(path, "re");
    if (file == NULL) return not_readable(path);
    while (*sequence < newest->last && in_number(file, 8, &found) && in_number(file, 4, &bytes) &&
           in_bytes(file, hash, HASH_BYTES) && fseek(file, (long)bytes, SEEK_CUR) == 0)
        *sequence = (int64_t)found;
    fclose(file);
    return *sequence == newest->last || not_as_listed(path);
}

bool archive_looked_over(const struct archive *archive)
{
    char path[PATH_BYTES_MAX + 64];
    struct stat status;
    for (size_t i = 0; i < archive->n; i++) {
        archive_path(archive, archive->files[i].name, path);
        if (stat(path, &status) != 0) return not_readable(path);
        if (status.st_size != archive->files[i].bytes) return not_as_listed(path);
    }
    return archive->n == 0 || archive_file_good(archive, &archive->files[(size_t)(now_ms() / 86400000) % archive->n]);
}

bool archive_file_good(const struct archive *archive, const struct archive_file *wanted)
{
    static uint8_t buffer[65536];
    char path[PATH_BYTES_MAX + 64];
    uint8_t hash[HASH_BYTES];
    struct hasher hasher;
    int64_t bytes = 0;
    archive_path(archive, wanted->name, path);
    FILE *file = fopen(path, "re");
    if (file == NULL) return not_readable(path);
    hasher_begin(&hasher);
    for (size_t n; (n = fread(buffer, 1, sizeof buffer, file)) > 0; bytes += (int64_t)n) hasher_add(&hasher, buffer, n);
    hasher_end(&hasher, hash);
    fclose(file);
    return (bytes == wanted->bytes && memcmp(hash, wanted->hash, HASH_BYTES) == 0) || not_as_listed(path);
}

static void piece_write(struct archive_out *out)
{
    uint8_t length[4];
    for (int i = 0; i < 4; i++) length[i] = (uint8_t)(out->waiting >> (8 * (3 - i)));
    if (fwrite(length, 1, sizeof length, out->file) != sizeof length ||
        fwrite(out->piece, 1, out->waiting, out->file) != out->waiting) out->failed = true;
    out->waiting = 0;
}

static void piece_add(struct archive_out *out, const uint8_t *data, size_t bytes)
{
    while (bytes > 0) {
        size_t some = sizeof out->piece - out->waiting < bytes ? sizeof out->piece - out->waiting : bytes;
        memcpy(out->piece + out->waiting, data, some);
        out->waiting += some;
        data += some;
        bytes -= some;
        if (out->waiting == sizeof out->piece) piece_write(out);
    }
}

bool out_open(struct archive_out *out, const struct archive *archive, const char *name)
{
    char path[PATH_BYTES_MAX + 64];
    memset(out, 0, offsetof(struct archive_out, piece));
    out->streamed = archive_streamed(archive);
    hasher_begin(&out->hasher);
    if (out->streamed) {
        out->file = stdout;
        if (fputc((int)strlen(name), stdout) == EOF || fputs(name, stdout) == EOF) out->failed = true;
        return true;
    }
    archive_path(archive, name, path);
    out->file = fopen(path, "we");
    if (out->file == NULL) fprintf(stderr, "rasad: %s: %s\n", path, strerror(errno));
    return out->file != NULL;
}

void out_add(struct archive_out *out, const void *data, size_t bytes)
{
    if (bytes == 0) return;
    if (out->streamed) piece_add(out, data, bytes);
    else if (fwrite(data, 1, bytes, out->file) != bytes) out->failed = true;
    hasher_add(&out->hasher, data, bytes);
    out->bytes += (int64_t)bytes;
}

void out_number(struct archive_out *out, uint64_t value, int bytes)
{
    uint8_t big[8];
    for (int i = 0; i < bytes; i++) big[i] = (uint8_t)(value >> (8 * (bytes - 1 - i)));
    out_add(out, big, (size_t)bytes);
}

bool out_close(struct archive_out *out, uint8_t hash[HASH_BYTES])
{
    hasher_end(&out->hasher, hash);
    if (out->streamed && out->waiting > 0) piece_write(out);
    if (out->streamed) piece_write(out); /* an empty one: the end */
    bool good = !out->failed && fflush(out->file) == 0 && (out->streamed || fsync(fileno(out->file)) == 0);
    if (!out->streamed) good = fclose(out->file) == 0 && good;
    if (!good) fprintf(stderr, "rasad: the backup could not be written: %s\n", strerror(errno));
    return good;
}

/* ---- streams */

bool stream_begin(void) { return fputs(STREAM_MAGIC, stdout) != EOF; }
bool stream_end(void) { return fputc(0, stdout) != EOF && fflush(stdout) == 0; }

static bool file_take(FILE *file)
{
    static uint8_t piece[65536];
    uint64_t bytes;
    for (;;) {
        if (!in_number(stdin, 4, &bytes) || bytes > sizeof piece || !in_bytes(stdin, piece, bytes)) return false;
        if (bytes == 0) return true;
        if (fwrite(piece, 1, bytes, file) != bytes) return false;
    }
}

static bool stream_file(const char *dir, size_t name_bytes)
{
    char name[40], path[PATH_BYTES_MAX + 64];
    if (name_bytes >= sizeof name || !in_bytes(stdin, name, name_bytes)) return false;
    name[name_bytes] = '\0';
    if (strspn(name, "abcdefghijklmnopqrstuvwxyzMANIFEST0123456789-.") != name_bytes || name[0] == '.') return false;
    if ((size_t)snprintf(path, sizeof path, "%s/%s", dir, name) >= sizeof path) return false;
    FILE *file = fopen(path, "wxe");
    if (file == NULL) return false;
    bool good = file_take(file);
    return fclose(file) == 0 && good;
}

bool stream_take(const char *dir)
{
    char magic[sizeof STREAM_MAGIC] = "";
    uint64_t name_bytes = 0;
    errno = 0;
    bool good = in_bytes(stdin, magic, sizeof magic - 1) && strcmp(magic, STREAM_MAGIC) == 0;
    if (!good) fprintf(stderr, "rasad: what comes in is no backup: `rasad backup -` makes one\n");
    while (good) {
        good = in_number(stdin, 1, &name_bytes) && (name_bytes == 0 || stream_file(dir, name_bytes));
        if (!good) fprintf(stderr, "rasad: the backup that comes in is cut off or can not be kept: %s\n",
                           errno != 0 ? strerror(errno) : "it ends too early");
        if (name_bytes == 0) break;
    }
    if (!good || fgetc(stdin) == EOF) return good;
    fprintf(stderr, "rasad: something follows behind the end of the backup that comes in: is it one of two?\n");
    return false;
}

bool in_bytes(FILE *file, void *data, size_t bytes) { return fread(data, 1, bytes, file) == bytes; }

bool in_number(FILE *file, int bytes, uint64_t *value)
{
    uint8_t big[8];
    if (!in_bytes(file, big, (size_t)bytes)) return false;
    *value = 0;
    for (int i = 0; i < bytes; i++) *value = *value << 8 | big[i];
    return true;
}
