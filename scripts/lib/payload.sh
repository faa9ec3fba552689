# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The project as the guest sees it (sourced by vm): /xtcp there is a writable copy of the
# checkout's tests/ and tools/ with the modules built for the guest's kernel beside them.

# payload_make KERNEL IMAGE CMD...
payload_make()
{
	local kernel=$1 image=$2 dir part module rows cols
	shift 2
	dir=$image.d
	read -r rows cols < <(stty size 2>/dev/null || echo 24 80)
	rm -rf "$dir"
	mkdir -p "$dir"
	for part in tests tools; do
		[ ! -d "$TOP/$part" ] || cp -a "$TOP/$part" "$dir/"
	done
	find "$dir" -name '*.o' -delete
	for module in xtcp.ko xtcp_kunit.ko cc_example/xtcp_cc_fixed.ko; do
		[ ! -e "$BUILD/$kernel/$module" ] ||
			strip --strip-debug -o "$dir/${module##*/}" "$BUILD/$kernel/$module"
	done
	for part in ${XTCP_VM_FILES:-}; do
		cp -a "$part" "$dir/"
	done
	{
		echo "export PATH=/xtcp/tools:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
		echo "export HOME=/root LANG=C.UTF-8 TERM=${TERM:-linux}"
		echo "export XTCP_KERNEL=$kernel XTCP_WARP=${VM_WARP:-}"
		if [ $# -gt 0 ]; then
			printf 'exec'
			printf ' %q' "$@"
			echo
		else
			echo "stty rows $rows cols $cols"
			echo "exec bash -i"
		fi
	} >"$dir/.command"
	pack_image "$dir" "$image"
	rm -rf "$dir"
}
