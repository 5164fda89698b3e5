/* reader.c DIR - a reader from outside: opens the store in DIR, begins a read transaction, says "reading" and sleeps in it
 * until it is killed, or its standard input ends. */
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    char path[1024], byte;
    MDB_env *env;
    MDB_txn *txn;
    if (argc != 2) return EXIT_FAILURE;
    snprintf(path, sizeof path, "%s/rasad.lmdb", argv[1]);
    int rc = mdb_env_create(&env);
    if (rc == 0) rc = mdb_env_set_mapsize(env, (size_t)256 << 30);
    if (rc == 0) rc = mdb_env_set_maxreaders(env, 256);
    if (rc == 0) rc = mdb_env_open(env, path, MDB_NOSUBDIR | MDB_NOTLS | MDB_RDONLY, 0600);
    if (rc == 0) rc = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);
    if (rc != 0) {
        fprintf(stderr, "reader: %s\n", mdb_strerror(rc));
        return EXIT_FAILURE;
    }
    printf("reading\n");
    fflush(stdout);
    while (read(STDIN_FILENO, &byte, 1) > 0) {}
    mdb_txn_abort(txn);
    mdb_env_close(env);
    return EXIT_SUCCESS;
}
