#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# redis with redis-cli and redis-benchmark, a replica too; memcached. mission S1.5a, S4.1c.

# shellcheck source=tests/apps/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
installed redis-server redis-cli redis-benchmark memcached nc

start_redis()
{
	mkdir -p "$work/redis.$2"
	start "$1" "$2" redis-server --port "$2" --bind "$3" --dir "$work/redis.$2" --save '' \
		--protected-mode no --tcp-keepalive 10 "${@:4}"
}

# redis SERVER CLIENT PORT ADDRESS: a value of some MB there and back; commands and their answers.
redis()
{
	start_redis "$1" "$3" "$4" || return 1
	local cli=(client "$2" redis-cli -h "$4" -p "$3")
	"${cli[@]}" -x set data <"$work/www/data" >"$work/answer" || return 1
	result "set $(cat "$work/answer")"
	"${cli[@]}" --raw get data >"$work/got" || return 1
	truncate -s "$BYTES" "$work/got"	# the line's end
	same_file "$work/got" || return 1
	seq -f 'rpush list item%g' 300 | "${cli[@]}" >"$work/answer" || return 1
	result "$(tail -n 1 "$work/answer") $(wc -l <"$work/answer")"
	result "$("${cli[@]}" lrange list 298 -1)"
	result "$("${cli[@]}" lpush data x 2>&1)"
	seq -f 'SET key%g value%g' 2000 | "${cli[@]}" --pipe >"$work/answer" || return 1
	result "$(tail -n 1 "$work/answer")"
	result "$("${cli[@]}" dbsize)"
}

# redis_benchmark SERVER CLIENT PORT ADDRESS
redis_benchmark()
{
	local n=$((LESS ? 500 : 5000))
	start_redis "$1" "$3" "$4" || return 1
	client "$2" redis-benchmark -h "$4" -p "$3" -n "$n" -c 20 --csv \
		-t ping,set,get,incr,lpush,lrange_100,mset >"$work/answer" || return 1
	client "$2" redis-benchmark -h "$4" -p "$3" -n "$n" -c 50 -P 16 -d 1000 --csv -t set,get \
		>>"$work/answer" || return 1
	result "$(cut -d , -f 1 "$work/answer")"
	result "$(client "$2" redis-cli -h "$4" -p "$3" get counter:__rand_int__)"
}

# replicated NAMESPACE-COMMAND PORT-OF-REPLICA ADDRESS
replicated()
{
	client "$1" redis-cli -h "$3" -p "$2" info replication | grep -q 'master_link_status:up'
}

# redis_replica SERVER CLIENT PORT ADDRESS: the replica over the client's TCP copies the master.
redis_replica()
{
	start_redis "$1" "$3" "$4" || return 1
	client "$2" redis-cli -h "$4" -p "$3" -x set data <"$work/www/data" || return 1
	start_redis "$2" "$(($3 + 1))" "$4" --replicaof "$4 $3" || return 1
	wait_until replicated "$2" "$(($3 + 1))" "$4" || { echo "no replication"; return 1; }
	client "$2" redis-cli -h "$4" -p "$(($3 + 1))" --raw get data >"$work/got" || return 1
	truncate -s "$BYTES" "$work/got"
	same_file "$work/got"
}

# memcached_nc SERVER CLIENT PORT ADDRESS
memcached_nc()
{
	local size=$((BYTES < 900000 ? BYTES : 900000))
	start "$1" "$3" memcached -u root -l "$4" -p "$3" -U 0 -I 2m -m 64 || return 1
	{
		printf 'set data 7 0 %d\r\n' "$size"
		head -c "$size" "$work/www/data"
		printf '\r\nset n 0 0 2\r\n41\r\nincr n 1\r\nget n\r\nget none\r\nbad\r\nget data\r\nquit\r\n'
	} | client "$2" nc -N "$4" "$3" >"$work/answer" || return 1
	result "$(sum "$work/answer") $(wc -c <"$work/answer")"
	result "$(head -c 60 "$work/answer" | tr -d '\r')"
}

all()
{
	program redis redis
	program redis_benchmark redis_benchmark
	program redis_replica redis_replica
	program memcached memcached_nc
}

on_both_paths all
finish
