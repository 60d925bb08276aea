#include "actors/install.hpp"

#include "actors/gen_server/natives.hpp"
#include "actors/sys/natives.hpp"
#include "actors/tcp/natives.hpp"
#include "actors/upgrade/upgrade.hpp"

namespace twinslot {

void install_actors(node& home, const code_server::options& chosen) {
  home.add_natives(gen_server::natives());
  home.add_natives(gen_server::request_natives());
  home.add_natives(sys::natives());
  home.add_natives(upgrade::natives());
  tcp::start(home);
  code_server::start(home, chosen);
}
}  // namespace twinslot
