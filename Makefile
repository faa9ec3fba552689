# SPDX-License-Identifier: GPL-2.0-only
# For people; Kbuild is for the kernel's build. The work is done by scripts/.

KERNEL ?= 6.12
PREFIX ?= /usr/local
DESTDIR ?=

.DEFAULT_GOAL := all
.PHONY: all module tools check goodput reference test lossy run shell lint bench install clean help

all: module tools	## build the module for KERNEL (6.12, 6.1 or debug) and the tools

module:			## build build/KERNEL/xtcp.ko only
	@scripts/build $(KERNEL)

tools:			## build the programs for users
	@$(MAKE) -s -C tools

check:			## the core's tests on this host, under ASan and UBSan; T=PATTERN TRACE=1
	@$(MAKE) -s -C tests/host T='$(T)' TRACE='$(TRACE)'

goodput:		## measure anew what the simulated links should carry
	@$(MAKE) -s -C tests/host goodput

reference:		## docs/reference.md from the tables in include/xtcp/defs/
	@$(MAKE) -s -C tools ../docs/reference.md

test:			## every test, on three kernels; T=[GROUP][@KERNEL][/PATTERN] selects; T=apps: real programs
	@scripts/test $(if $(T),'$(T)')

lossy:			## 1 GB each way through loss, six times a kernel, hours; MB=N KERNELS=...
	@scripts/lossy $(if $(MB),--mb '$(MB)') $(KERNELS)

run:			## see it work: curl and nginx over AF_XTCP in a virtual machine
	@scripts/run

shell: all		## a root prompt in a virtual machine with KERNEL and the module
	@scripts/vm --no-build --kernel $(KERNEL)

lint:			## style, layers, sparse
	@scripts/lint

bench:			## cost and goodput beside the kernel's TCP; PART=, ARGS=, DOCS=1 (docs/goodput.md)
	@scripts/bench $(if $(DOCS),--docs) $(PART) $(ARGS)

install: tools		## install module and tools for the running kernel (PREFIX, DESTDIR)
	@scripts/install '$(DESTDIR)' '$(PREFIX)'

clean:			## remove what was built here (kernels in the cache stay)
	@rm -rf build
	@$(MAKE) -s -C tools clean
	@for d in tests/wire tests/socket tests/interop tests/bench tests/host; do \
		[ ! -e $$d/Makefile ] || $(MAKE) -s -C $$d clean; done

help:			## this list
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18
