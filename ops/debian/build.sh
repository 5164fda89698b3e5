#!/bin/sh
# build.sh BUILD VERSION: a Debian package of what is in BUILD, as BUILD/deb/rasad_VERSION_ARCH.deb.
# dpkg-deb and dpkg-shlibdeps (dpkg-dev) alone: debhelper would bring some forty packages to move fifteen files.
set -eu
umask 022
build=$1 version=$2
here=$(dirname "$0")
architecture=$(dpkg --print-architecture)
root=$build/deb/root
rm -rf "$root"
mkdir -p "$root/DEBIAN" "$root/usr/lib/rasad" "$root/usr/bin" "$root/lib/systemd/system" "$root/etc/default" "$root/etc/rasad" \
    "$root/usr/share/rasad" "$root/usr/share/doc/rasad" "$root/usr/share/man/man8"

for program in rasad rasad-gateway; do
    strip --remove-section=.comment --remove-section=.note -o "$root/usr/lib/rasad/$program" "$build/$program"
done
install -m 0755 "$here/rasad.sh" "$root/usr/bin/rasad"
install -m 0644 "$here"/*.service "$here"/*.timer "$here"/*.path "$root/lib/systemd/system"
install -m 0644 "$here/default" "$root/etc/default/rasad"
cp -r "$here/../common" "$here/../demo" "$root/usr/share/rasad"
install -m 0644 "$here/copyright" "$root/usr/share/doc/rasad/copyright"
gzip -9nc "$here/../RUNBOOK.md" > "$root/usr/share/doc/rasad/RUNBOOK.md.gz"
gzip -9nc "$here/../README.md" > "$root/usr/share/doc/rasad/PROGRAMMES.md.gz"
gzip -9nc "$here/rasad.8" > "$root/usr/share/man/man8/rasad.8.gz"
maintainer=$(git -C "$here" log -1 --format='%an <%ae>' 2>/dev/null || echo 'Rasad <rasad@example.org>')
printf 'rasad (%s) stable; urgency=medium\n\n  * Built from source.\n\n -- %s  %s\n' "$version" "$maintainer" \
    "$(date -u -R -d "@${SOURCE_DATE_EPOCH:-$(date +%s)}")" | gzip -9nc > "$root/usr/share/doc/rasad/changelog.gz"

# The libraries it needs, in the versions whose symbols it uses; dpkg-shlibdeps wants a source package around it.
mkdir -p "$build/deb/debian"
printf 'Source: rasad\n\nPackage: rasad\nArchitecture: any\n' > "$build/deb/debian/control"
depends=$(cd "$build/deb" && dpkg-shlibdeps -O root/usr/lib/rasad/rasad root/usr/lib/rasad/rasad-gateway 2>/dev/null |
    sed -n 's/^shlibs:Depends=//p')
[ -n "$depends" ] || { echo "build.sh: dpkg-shlibdeps found no libraries" >&2; exit 1; }

size=$(du -sk --exclude=DEBIAN "$root" | cut -f1)
sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" -e "s/@MAINTAINER@/$maintainer/" \
    -e "s/@SIZE@/$size/" -e "s/@DEPENDS@/$depends/" "$here/control.in" > "$root/DEBIAN/control"
echo /etc/default/rasad > "$root/DEBIAN/conffiles"
install -m 0755 "$here/postinst" "$here/prerm" "$here/postrm" "$root/DEBIAN"
(cd "$root" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | sort -z | xargs -0 md5sum) > "$root/DEBIAN/md5sums"
dpkg-deb --root-owner-group -Zxz --build "$root" "$build/deb/rasad_${version}_$architecture.deb" >/dev/null
echo "$build/deb/rasad_${version}_$architecture.deb"
