#!/bin/sh
# Installs what is missing on a Debian 12 machine: compilers, libraries, node; for the tests clang's fuzzer, a browser and
# fonts.
set -eu
packages="gcc make pkg-config liblmdb-dev libprotobuf-c-dev protobuf-c-compiler protobuf-compiler libmicrohttpd-dev
libgnutls28-dev libcjson-dev libsodium-dev libseccomp-dev zlib1g-dev libcmocka-dev dpkg-dev git openssl
ca-certificates clang libclang-rt-dev chromium fonts-noto-core fonts-lohit-deva"
missing=""
for package in $packages; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
command -v node >/dev/null 2>&1 || missing="$missing nodejs"
command -v npm >/dev/null 2>&1 || missing="$missing npm"
[ -n "$missing" ] || exit 0
as_root=""
[ "$(id -u)" = 0 ] || as_root=sudo
echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -q >/dev/null
# shellcheck disable=SC2086
$as_root apt-get install -y -q --no-install-recommends $missing >/dev/null
