#!/bin/bash
# A machine of its own for a file of tests, as far as namespaces go: the init of `unshare --mount --pid --fork --kill-child`.
# It sees no other's processes, labs or names of namespaces, so files run beside each other and each has to answer for what
# it leaves; and when this process ends, the kernel ends all that the tests have started, and takes away what they mounted.
# Arguments: the command. Its exit code, or 1 when it leaves something behind, which is said.
shopt -s nullglob
mount -t proc proc /proc
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/lock

"$@"
code=$?

# Fills `left`, in this shell: one of its own for it would be found.
look() {
  local directory words
  left=(/run/netns/* /run/xiyou/*)
  for directory in /proc/[0-9]*; do
    words=()
    if [ "$directory" != /proc/1 ]; then mapfile -d '' -t words 2> /dev/null < "$directory/cmdline"; fi
    if [ "${#words[@]}" -gt 0 ]; then left+=("process ${directory#/proc/}: ${words[*]:0:6}"); fi
  done
}

# What is being killed needs a moment.
mkfifo /run/never && exec {never}<> /run/never
for ((tenths = 0; tenths < 50; tenths += 1)); do
  look
  if [ "${#left[@]}" = 0 ]; then exit "$code"; fi
  read -rt 0.1 -u "$never"
done
printf 'left behind: %s\n' "${left[@]}"
exit 1
