#include "runtime/console/commands.hpp"

#include "runtime/console/session.hpp"
#include "runtime/term/print.hpp"

namespace twinslot::console {
namespace {
term quit(process&, const term*) {
  if (session* here = session::current())
    here->leave();
  return "ok";
}

term flush(process& self, const term*) {
  while (const auto message = self.receive([](const term&) { return true; }, clock::now()))
    self.home().put_chars("Shell got " + to_text_p(*message, shell_layout()) + "\n");
  return "ok";
}

constexpr auto c = "c";
constexpr native functions[] = {
    {c, "flush", 0, flush, "flush()", "Prints the messages that this process has received and not taken."},
    {c, "q", 0, quit, "q()", "Ends the console."},
};
}  // namespace

std::span<const native> commands() {
  return functions;
}
}  // namespace twinslot::console
