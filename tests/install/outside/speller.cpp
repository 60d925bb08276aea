// A plugin that calls a shared library of its project.
#include <twinslot/gen_server.hpp>
namespace ts = twinslot;

int letters();

TWINSLOT_MODULE(speller) {
  return ts::module().function("letters", [](ts::self&) -> std::int64_t { return letters(); });
}
