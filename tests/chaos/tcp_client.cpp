#include <stdexcept>
#include <thread>

#include "tests/chaos/storm.hpp"
#include "tests/tcp/raw_client.hpp"

namespace twinslot::chaos {

tcp_clients::tcp_clients(std::uint16_t port, int count) {
  for (int i = 0; i < count; ++i)
    threads_.emplace_back([this, port, i] { talk(port, i); });
}

tcp_clients::~tcp_clients() {
  over_ = true;
  for (auto& each : threads_)
    each.join();
}

std::string tcp_clients::failure() {
  const std::lock_guard lock(mutex_);
  return failure_;
}

void tcp_clients::talk(std::uint16_t port, int number) {
  const auto fails = [&](const std::string& why) {
    const std::lock_guard lock(mutex_);
    if (failure_.empty())
      failure_ = "TCP client " + std::to_string(number) + ": " + why;
  };
  try {
    raw_client socket(port);
    for (std::uint64_t line = 1; !over_; ++line) {
      const std::string sent = "client " + std::to_string(number) + " says " + std::to_string(line);
      socket.send(sent);
      const std::string expected = "Line " + std::to_string(line) + ": " + sent;
      std::string got = socket.receive(expected.size());
      if (got.starts_with("New "))
        got = got.substr(4) + socket.receive(4);
      if (got != expected)
        return fails("\"" + got + "\" instead of \"" + expected + "\"");
      ++lines_;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  } catch (const std::exception& failed) {
    fails(failed.what());
  }
}
}  // namespace twinslot::chaos
