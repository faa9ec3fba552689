insmod xtcp.ko
tests/wire/wire_tests --warp 2>&1 | grep -v "^ok"
