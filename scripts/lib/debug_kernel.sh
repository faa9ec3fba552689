# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Builds the debug kernel (sourced by kernel.sh): Debian's linux-source-6.12 with
# debug.config. The result, kernel and build tree, is cached under a key of both.

DEBUG_FRAGMENT=$TOP/scripts/lib/debug.config
DEBUG_SOURCE=linux-source-6.12

# The source version is whatever the cache already has, so that a Debian update does not
# cost a rebuild in the middle of work; removing the cache entry fetches the newest.
debug_source_version()
{
	local known
	known=$(find "$CACHE/source" -mindepth 1 -maxdepth 1 -printf '%f\n' 2>/dev/null |
		sort -V | tail -n 1)
	if [ -n "$known" ]; then
		echo "$known"
	else
		apt-cache policy $DEBUG_SOURCE | sed -n 's/^ *Candidate: //p'
	fi
}

debug_key()
{
	local version=$1
	{ echo "$version"; grep -v '^#\( \|$\)' "$DEBUG_FRAGMENT"; grep 'is not set' "$DEBUG_FRAGMENT"; } |
		sha256sum | cut -c 1-16
}

debug_configure()
{
	local tree=$1 line
	make -s -C "$tree" ARCH=x86_64 KCONFIG_ALLCONFIG="$DEBUG_FRAGMENT" allnoconfig >/dev/null ||
		die "the debug kernel's configuration failed"
	grep -E '^CONFIG_|is not set' "$DEBUG_FRAGMENT" | while read -r line; do
		if [[ $line == "#"* ]]; then
			! grep -q "^$(cut -d ' ' -f 2 <<<"$line")=" "$tree/.config"
		else
			grep -qxF -- "$line" "$tree/.config"
		fi || echo "$line"
	done >"$tree/lost.config"
	if [ -s "$tree/lost.config" ]; then
		cat "$tree/lost.config" >&2
		die "the debug kernel's configuration lost the lines above"
	fi
}

# Prints a line every 20 s: a build of minutes must not look like a hang.
debug_make()
{
	local tree=$1 log=$1/build.log pid start=$SECONDS
	make -C "$tree" ARCH=x86_64 -j"$(nproc)" bzImage modules >"$log" 2>&1 &
	pid=$!
	while kill -0 $pid 2>/dev/null; do
		sleep 1
		if (((SECONDS - start) % 20 == 0)); then
			say "debug kernel: $(grep -c '^  [A-Z]' "$log" || true) steps of about 2150," \
				"$((SECONDS - start)) s"
		fi
	done
	if ! wait $pid; then
		grep -E -A 3 'error|Error' "$log" | tail -n 20 >&2 || true
		die "the debug kernel does not build; the whole log is $log"
	fi
}

# debug_tar VERSION: where the archive of the source is, or will be.
debug_tar()
{
	echo "$CACHE/source/$1/$DEBUG_SOURCE.tar.xz"
}

# debug_source_get VERSION: fetches the archive if it is not there.
debug_source_get()
{
	local version=$1 tar
	tar=$(debug_tar "$version")
	[ ! -e "$tar" ] || return 0
	say "downloading $DEBUG_SOURCE $version (150 MB)"
	rm -rf "$CACHE/source.new"
	fetch_debs "$CACHE/source.new" "$DEBUG_SOURCE=$version"
	mkdir -p "$CACHE/source/$version"
	mv "$CACHE/source.new/usr/src/$DEBUG_SOURCE.tar.xz" "$tar"
	rm -rf "$CACHE/source.new"
}

# debug_kernel_build VERSION DIR
debug_kernel_build()
{
	local version=$1 dir=$2
	[ ! -e "$dir/done" ] || return 0
	debug_source_get "$version"
	rm -rf "$dir"
	mkdir -p "$dir/tree"
	say "unpacking the kernel source"
	tar -xf "$(debug_tar "$version")" -C "$dir/tree" --strip-components=1 \
		--exclude='*/Documentation/*/*.rst' --exclude='*/drivers/gpu/drm/amd/include/*' ||
		die "cannot unpack the kernel source"
	debug_configure "$dir/tree"
	say "building the debug kernel on $(nproc) cores: 6 to 15 minutes, once"
	debug_make "$dir/tree"
	cp "$dir/tree/arch/x86/boot/bzImage" "$dir/vmlinuz"
	make -s -C "$dir/tree" ARCH=x86_64 INSTALL_MOD_PATH="$dir/root" modules_install >/dev/null ||
		die "modules_install of the debug kernel failed"
	rm -f "$dir"/root/lib/modules/*/{build,source}
	ls "$dir/root/lib/modules" >"$dir/release"
	touch "$dir/done"
}
