/* archive.c - see archive.h. */
#include "rasad/archive.h"

#include "base/ids.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

void archive_path(const struct archive *archive, const char *name, char path[PATH_BYTES_MAX + 64])
{
    snprintf(path, PATH_BYTES_MAX + 64, "%s/%s", archive->dir, name);
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
    archive_path(archive, "MANIFEST", path);
    FILE *file = fopen(path, "r");
    if (file == NULL) return errno == ENOENT;
    bool good = true;
    while (good && fgets(line, sizeof line, file) != NULL) good = line_read(archive, line);
    fclose(file);
    if (!good) fprintf(stderr, "rasad: %s is not a manifest of ours\n", path);
    return good;
}

bool archive_write_manifest(const struct archive *archive)
{
    char path[PATH_BYTES_MAX + 64], temporary[PATH_BYTES_MAX + 64], hex[2 * HASH_BYTES + 1];
    archive_path(archive, "MANIFEST", path);
    archive_path(archive, "MANIFEST.new", temporary);
    FILE *file = fopen(temporary, "w");
    if (file == NULL) return false;
    fprintf(file, "rasad backup 1 node %s epoch %" PRId32 "\n", archive->node, archive->epoch);
    for (size_t i = 0; i < archive->n; i++) {
        const struct archive_file *f = &archive->files[i];
        hex_format(f->hash, HASH_BYTES, hex);
        fprintf(file, "%s %" PRId64 " %" PRId64 " %" PRId64 " %s\n", f->name, f->first, f->last, f->bytes, hex);
    }
    bool good = fflush(file) == 0 && fsync(fileno(file)) == 0;
    good = fclose(file) == 0 && good;
    return good && rename(temporary, path) == 0;
}

bool archive_file_good(const struct archive *archive, const struct archive_file *wanted)
{
    static uint8_t buffer[65536];
    char path[PATH_BYTES_MAX + 64];
    uint8_t hash[HASH_BYTES];
    struct hasher hasher;
    int64_t bytes = 0;
    size_t n;
    archive_path(archive, wanted->name, path);
    FILE *file = fopen(path, "r");
    if (file != NULL) {
        hasher_begin(&hasher);
        while ((n = fread(buffer, 1, sizeof buffer, file)) > 0) {
            hasher_add(&hasher, buffer, n);
            bytes += (int64_t)n;
        }
        hasher_end(&hasher, hash);
        fclose(file);
        if (bytes == wanted->bytes && memcmp(hash, wanted->hash, HASH_BYTES) == 0) return true;
    }
    fprintf(stderr, "rasad: %s is missing or not what the manifest says\n", path);
    return false;
}

bool out_open(struct archive_out *out, const char *path)
{
    memset(out, 0, sizeof *out);
    out->file = fopen(path, "w");
    if (out->file == NULL) fprintf(stderr, "rasad: %s: %s\n", path, strerror(errno));
    else hasher_begin(&out->hasher);
    return out->file != NULL;
}

void out_add(struct archive_out *out, const void *data, size_t bytes)
{
    if (bytes == 0) return;
    if (fwrite(data, 1, bytes, out->file) != bytes) out->failed = true;
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
    bool good = !out->failed && fflush(out->file) == 0 && fsync(fileno(out->file)) == 0;
    good = fclose(out->file) == 0 && good;
    if (!good) fprintf(stderr, "rasad: the backup could not be written: %s\n", strerror(errno));
    return good;
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
