#include "runtime/code/stamp.hpp"

#include "runtime/code/note.hpp"
#include "runtime/os/file.hpp"
#include "runtime/os/md5.hpp"

namespace twinslot::code {
namespace {
constexpr std::string_view not_stamped = abi::not_stamped;

error bad_file(term why) {
  return error{tuple("badfile", std::move(why))};
}

/// The stamp's place in the file; empty: it has none.
result<std::string_view> find_stamp(const os::elf_file& file) {
  const auto found = find_note(file, abi::stamp_type);
  if (!found)
    return found.error();
  if (*found && (*found)->size() != not_stamped.size())
    return bad_file(tuple("bad_note", "stamp"));
  return found->value_or(std::string_view());
}

std::string checksum(std::string_view bytes, const os::elf_file& file, std::string_view stamp) {
  os::md5 sum;
  for (std::string_view part : os::meaning_of(bytes, file, stamp))
    sum.update(part);
  return sum.finish();
}

/// Errors lack the path.
result<void> stamp(const std::string& path) {
  const auto bytes = os::read_file(path);
  if (!bytes)
    return bad_file(tuple("unreadable", bytes.reason()));
  const auto file = os::read_elf(*bytes);
  if (!file)
    return bad_file(file.reason());
  const auto found = find_stamp(*file);
  if (!found)
    return found.error();
  if (found->empty())
    return bad_file(tuple("bad_note", "no_stamp"));
  const auto offset = static_cast<std::uint64_t>(found->data() - bytes->data());
  if (auto written = os::overwrite_file(path, offset, checksum(*bytes, *file, *found)); !written)
    return bad_file(tuple("unwritable", written.reason()));
  return {};
}
}  // namespace

result<std::string> checked_sum(std::string_view bytes, const os::elf_file& file) {
  const auto found = find_stamp(file);
  if (!found)
    return found.error();
  std::string sum = checksum(bytes, file, *found);
  if (!found->empty() && *found != not_stamped && *found != sum)
    return bad_file("damaged");
  return sum;
}

result<void> stamp_file(const std::string& path) {
  if (auto done = stamp(path); !done)
    return error{tuple("badfile", string(path), done.reason()[1])};
  return {};
}
}  // namespace twinslot::code
