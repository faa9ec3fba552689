# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Boots QEMU and judges what happened (sourced by vm). Needs K_DIR, R_IMAGE and the VM_*
# settings of scripts/vm.

# What a kernel prints when something is wrong. "possible SYN flooding" is not among them.
SPLATS='BUG:|[^A-Z_]BUG [^ ]+ |kernel BUG|WARNING: |Oops|KASAN|UBSAN|KCSAN|Kernel panic|general protection fault'
SPLATS+='|unable to handle|possible (recursive|circular|irq|deadlock)|possible unsafe locking'
SPLATS+='|inconsistent lock state|INFO: (task|rcu_|possible|inconsistent|HARDIRQ|SOFTIRQ|trying)'
SPLATS+='|suspicious RCU|suspicious rcu|detected stall|soft lockup|hard LOCKUP|refcount_t|kmemleak report'
SPLATS+='|kmemleak: .*(suspected|disabled|too small)|unregister_netdevice: waiting|ODEBUG|ref_tracker:'
SPLATS+='|list_(add|del) corruption|scheduling while atomic|sleeping function called'
SPLATS+='|Attempt to release|Out of memory|invoked oom-killer|Objects remaining|double fault'
SPLATS+='|blocked for more than|nobody cared|duplicate filename|Call Trace|xtcp-init: cannot'

# Lines a healthy kernel prints that look like the above.
HEALTHY='BUG: KASAN is not|Enabled kmemleak'

vm_accel()
{
	if [ -n "$VM_WARP" ]; then
		echo "-accel tcg -icount shift=0,sleep=off -rtc clock=vm -seed ${XTCP_SEED:-1}"
	elif [ "$VM_ACCEL" = kvm ]; then
		echo "-accel kvm"
	else
		echo "-accel tcg,thread=multi"
	fi
}

# vm_boot DIR: runs the machine; DIR gets console.log and exit. Returns QEMU's status or 124.
vm_boot()
{
	local dir=$1 cmdline qemu
	cmdline="console=ttyS0,115200 loglevel=7 panic=-1 nokaslr norandmaps mitigations=off"
	cmdline+=" cryptomgr.notests oops=panic net.ifnames=0 no_timer_check"
	cmdline+=" tsc=reliable clocksource=tsc"
	[ "$VM_KERNEL" != debug ] || cmdline+=" kmemleak=on xtcp.kmemleak=1 kunit.enable=1"
	[ -z "$VM_SHELL" ] || cmdline+=" xtcp.shell=1"
	# shellcheck disable=SC2054,SC2207
	qemu=(qemu-system-x86_64 -nodefaults -no-user-config -no-reboot -display none
		-machine q35,hpet=off -cpu "$(vm_cpu)" -smp "$VM_SMP" -m "$VM_MEM"
		$(vm_accel)
		-kernel "$K_DIR/vmlinuz" -initrd "$K_DIR/initrd.gz" -append "$cmdline"
		-serial "file:$dir/console.log"
		-drive "file=$R_IMAGE,if=virtio,format=raw,readonly=on"
		-drive "file=$K_DIR/modules.sqfs,if=virtio,format=raw,readonly=on"
		-drive "file=$dir/payload.sqfs,if=virtio,format=raw,readonly=on"
		-device virtio-serial-pci
		-chardev "file,id=exit,path=$dir/exit"
		-device virtserialport,chardev=exit,name=xtcp.exit)
	if [ -n "$VM_SHELL" ]; then
		# shellcheck disable=SC2054
		qemu+=(-chardev stdio,id=tty,signal=off -device virtconsole,chardev=tty)
		setpriv --pdeathsig TERM timeout --foreground -k 5 "$VM_TIMEOUT" "${qemu[@]}"
	else
		# Its input never ends: at an end QEMU would disconnect the output too.
		# shellcheck disable=SC2054
		qemu+=(-chardev stdio,id=out,signal=off
			-device virtserialport,chardev=out,name=xtcp.out)
		[ -p "$dir/in" ] || mkfifo "$dir/in"
		setpriv --pdeathsig TERM timeout --foreground -k 5 "$VM_TIMEOUT" "${qemu[@]}" <>"$dir/in"
	fi
}

# vm_run DIR: vm_boot, again if QEMU itself dies before the guest's command has begun: 7.2 is seen to
# fault on a null pointer while the guest lays out its PCI devices, once in hundreds of boots.
vm_run()
{
	local dir=$1 status=0
	vm_boot "$dir" || status=$?
	case $status in
	134 | 135 | 139)	# SIGABRT, SIGBUS, SIGSEGV
		if ! grep -q 'xtcp-init: running the command' "$dir/console.log"; then
			say "QEMU died (status $status) while the guest was booting; booting again"
			mv "$dir/console.log" "$dir/console.died"
			vm_boot "$dir"
			return
		fi
		;;
	esac
	return "$status"
}

vm_cpu()
{
	if [ "$VM_ACCEL" = kvm ] && [ -z "$VM_WARP" ]; then
		echo host
	else
		echo max,-erms,-fsrm,-la57
	fi
}

# vm_splats LOG: prints what the kernel complained of; 0 if there was something. Reads to the end:
# after head, which does not, a grep that has more to say would fail, as if there were nothing.
vm_splats()
{
	tr -d '\r' <"$1" | grep -vE "$HEALTHY" | grep -E -B 3 -A 30 "$SPLATS" | sed -n 1,150p
}

# vm_digest LOG: the same in few lines, for who sees but the end of a long output: what, where, and
# which functions of the module were being called.
vm_digest()
{
	vm_splats "$1" | grep -E "$SPLATS|RIP: |Comm: |Workqueue: |\[xtcp\]" | cut -c -140 | sed -n 1,14p
}

# vm_judge DIR STATUS: the status scripts/vm ends with.
vm_judge()
{
	local dir=$1 status=$2
	if [ "$status" -eq 124 ] || [ "$status" -eq 137 ]; then
		say "the VM did not end within $VM_TIMEOUT s and was stopped; console: $dir/console.log"
		vm_splats "$dir/console.log" >&2 || tail -n 5 "$dir/console.log" >&2
		return 124
	fi
	if vm_splats "$dir/console.log" >&2; then
		vm_digest "$dir/console.log" >"$dir/complaint"
		say "the kernel complained (above); whole console: $dir/console.log"
		return 1
	fi
	if ! grep -q '^exit [0-9]*$' "$dir/exit" 2>/dev/null; then
		tail -n 20 "$dir/console.log" >&2 || true
		say "the VM ended without a result (QEMU's status $status); console: $dir/console.log"
		return 1
	fi
	return "$(sed -n 's/^exit //p' "$dir/exit")"
}

# KVM may exist and yet hang its guests, so it is believed only after a boot that ended.
# The answer holds until the host is booted again.
vm_choose_accel()
{
	local answer
	answer=$CACHE/kvm-$(cat /proc/sys/kernel/random/boot_id)
	VM_ACCEL=tcg
	[ -z "$VM_WARP" ] || return 0
	if [ ! -e "$answer" ]; then
		rm -f "$CACHE"/kvm-*-*
		vm_probe_kvm >"$answer"
	fi
	VM_ACCEL=$(cat "$answer")
}

vm_probe_kvm()
{
	local dir
	if [ ! -w /dev/kvm ] || [ ! -r /dev/kvm ]; then
		echo tcg
		return
	fi
	say "trying whether KVM works here (at most 20 s, once per boot of this machine)"
	dir=$(mktemp -d "${TMPDIR:-/tmp}/xtcp-kvm.XXXXXX")
	payload_make "$VM_KERNEL" "$dir/payload.sqfs" true
	if (VM_ACCEL=kvm VM_SHELL='' VM_TIMEOUT=20 vm_boot "$dir") >/dev/null 2>&1 &&
		grep -qx 'exit 0' "$dir/exit"; then
		echo kvm
	else
		say "it does not; using emulation (TCG)"
		echo tcg
	fi
	rm -rf "$dir"
}
