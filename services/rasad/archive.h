/* archive.h - a backup on disk: the journal in segments, what it can not bring back in one file, a manifest.
 * Layout:  <dir>/journal-<first>-<last>.seg  records: sequence (8, big-endian), length (4), hash (32), entry
 *          <dir>/local-<head>-<hash>.bin records: table name length (1), name, key length (2), key, value length (4), value
 *          <dir>/MANIFEST                a line a file: name, first and last sequence, bytes, BLAKE2b-256 of the file
 * Stream:  `-` for <dir>, its segments journal-<first>.seg: STREAM_MAGIC, then each file as name length (1), name, pieces of length (4) and bytes, a piece
 *          of length 0; the manifest last; then a name of length 0. What is cut off anywhere has no end.
 * Rules:   a file in the manifest is never written again; the next backup begins after the last segment in it, or anew
 *          with that one where it is small, under another name: so a backup every quarter of an hour has no more files
 *          than one a month. The manifest is replaced in one step, after each segment: a backup that breaks off leaves a
 *          whole one, and the next goes on where it stopped. One backup at a time writes to a directory.
 */
#ifndef RASAD_RASAD_ARCHIVE_H
#define RASAD_RASAD_ARCHIVE_H

#include "base/hash.h"
#include "base/limits.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct archive_file {
    char name[40];
    int64_t first, last;  /* sequences; 0 0 of local.bin */
    int64_t bytes;
    uint8_t hash[HASH_BYTES];
};

struct archive {
    char dir[PATH_BYTES_MAX];
    char node[32];
    int32_t epoch;
    struct archive_file files[SEGMENTS_MAX];
    size_t n;
};

#define STREAM_MAGIC "rasad stream 1\n"

/* A file being written, hashed on the way. */
struct archive_out {
    FILE *file;
    struct hasher hasher;
    int64_t bytes;
    bool failed, streamed;
    size_t waiting;             /* bytes of the next piece of a stream */
    uint8_t piece[65536];
};

void archive_path(const struct archive *archive, const char *name, char path[PATH_BYTES_MAX + 64]);
/* False and a line on stderr when it is there but not readable; n = 0 when there is none. */
bool archive_read(const char *dir, struct archive *archive);
bool archive_write_manifest(const struct archive *archive);
/* Is this archive a stream, on stdin or stdout? */
bool archive_streamed(const struct archive *archive);
bool stream_begin(void);
bool stream_end(void);
/* Take a stream from stdin into an empty directory: a line on stderr when it is none, or cut off. */
bool stream_take(const char *dir);
/* The segment with the last entry; NULL: there is none. */
struct archive_file *archive_newest(struct archive *archive);
/* Sequence and hash of the last entry in the segments; 0 when there are none. */
bool archive_last(struct archive *archive, int64_t *sequence, uint8_t hash[HASH_BYTES]);
/* A file of the directory gets its name. A line on stderr when it can not. */
bool archive_rename(const struct archive *archive, const char *from, const char *to);
/* Has every file the length it should have, and one of them, another each day, the right bytes? A line on stderr when not. */
bool archive_looked_over(const struct archive *archive);
/* Files of ours that the manifest does not name any more. */
void archive_sweep(const struct archive *archive);
/* Is the file what the manifest says, every byte of it? A line on stderr when not. */
bool archive_file_good(const struct archive *archive, const struct archive_file *file);

bool out_open(struct archive_out *out, const struct archive *archive, const char *name);
void out_add(struct archive_out *out, const void *data, size_t bytes);
void out_number(struct archive_out *out, uint64_t value, int bytes); /* big-endian */
/* On disk before it returns. */
bool out_close(struct archive_out *out, uint8_t hash[HASH_BYTES]);
/* Exactly so many bytes; false at the end of the file. */
bool in_bytes(FILE *file, void *data, size_t bytes);
bool in_number(FILE *file, int bytes, uint64_t *value);

#endif
