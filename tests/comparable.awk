# What a console printed, from the first prompt on and without what differs from run to run: <0.89.0> becomes <pid 1> and
# so on. With -v started=1 from the first line on.
function renumber(text, pattern, label, seen, counts,    result, found) {
  result = ""
  while (match(text, pattern)) {
    found = substr(text, RSTART, RLENGTH)
    if (!(found in seen)) seen[found] = ++counts[label]
    result = result substr(text, 1, RSTART - 1) "<" label " " seen[found] ">"
    text = substr(text, RSTART + RLENGTH)
  }
  return result text
}
/^1> / { started = 1 }
!started { next }
/WARNING: ASan doesn't fully support makecontext/ { next }
{
  $0 = renumber($0, "#Ref<[0-9.]+>", "ref", refs, counts)
  $0 = renumber($0, "#Port<[0-9.]+>", "port", ports, counts)
  $0 = renumber($0, "<[0-9]+[.][0-9]+[.][0-9]+>", "pid", pids, counts)
  gsub(/[{][0-9][0-9][0-9][0-9],[0-9]+,[0-9]+[}]/, "{Mega,Sec,Micro}")
  sub(/REPORT==== .* ===$/, "REPORT==== Time ===")
  gsub(/ +[0-9]+ (ms|s|min|h) /, " Time ")
  sub(/[ \t]+$/, "")
  print
}
