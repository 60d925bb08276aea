#include "runtime/process/caf_terms.hpp"

#include "runtime/term/print.hpp"

#include <caf/exit_reason.hpp>
#include <caf/message.hpp>
#include <cmath>

namespace twinslot {

namespace {
constexpr auto error_category = caf::atom("twinslot");

/// The first of `Types` that the element is, as a term.
template <class Type, class... Types>
std::optional<term> number_of(const caf::type_erased_tuple& content, std::size_t at) {
  if (content.match_element<Type>(at))
    return term(content.get_as<Type>(at));
  if constexpr (sizeof...(Types) > 0)
    return number_of<Types...>(content, at);
  else
    return {};
}

std::optional<term> float_of(double value) {
  return std::isfinite(value) ? std::optional<term>{value} : std::nullopt;
}

std::optional<term> actor_term(const caf::strong_actor_ptr& actor, caf_engine& engine) {
  return actor ? std::optional<term>{engine.pid_of(actor)} : std::nullopt;
}

std::optional<term> element_of(const caf::type_erased_tuple& content, std::size_t at, caf_engine& engine) {
  if (content.match_element<term>(at))
    return content.get_as<term>(at);
  if (content.match_element<caf::atom_value>(at))
    return atom(caf::to_string(content.get_as<caf::atom_value>(at)));
  if (content.match_element<std::string>(at))
    return string(content.get_as<std::string>(at));
  if (content.match_element<double>(at))
    return float_of(content.get_as<double>(at));
  if (content.match_element<float>(at))
    return float_of(content.get_as<float>(at));
  if (content.match_element<caf::actor>(at))
    return actor_term(caf::actor_cast<caf::strong_actor_ptr>(content.get_as<caf::actor>(at)), engine);
  if (content.match_element<caf::strong_actor_ptr>(at))
    return actor_term(content.get_as<caf::strong_actor_ptr>(at), engine);
  if (content.match_element<caf::error>(at))
    return reason_of(content.get_as<caf::error>(at));
  if (content.match_element<std::vector<term>>(at)) {
    auto& all = content.get_as<std::vector<term>>(at);
    return list_of(all.data(), all.size());
  }
  return number_of<bool, std::int32_t, std::int64_t, std::uint32_t, std::uint64_t, std::int16_t, std::uint16_t,
                   std::int8_t, std::uint8_t>(content, at);
}

signal_ptr exit_of(const caf::exit_msg& exit, caf_engine& engine) {
  auto source = caf::actor_cast<caf::strong_actor_ptr>(exit.source);
  auto sent = make_signal(signal::kind::exit, source ? engine.pid_of(source) : pid{}, 0, reason_of(exit.reason));
  // An actor that sends this at its own end does so because of a link; one that lives says exit/2.
  sent->by_link = source && source->get()->getf(caf::abstract_actor::is_terminated_flag);
  if (!sent->by_link && exit.reason == caf::exit_reason::kill)
    sent->value = "kill";
  return sent;
}

signal_ptr response_of(caf::mailbox_element& what, caf_engine& engine) {
  const auto ref = what.mid.request_id().integer_value();
  auto& content = what.content();
  if (content.size() == 1 && content.match_element<caf::error>(0))
    return make_signal(signal::kind::refusal, {}, ref, reason_of(content.get_as<caf::error>(0)));
  auto value = content.empty() ? std::optional<term>{"ok"} : term_of(content, engine);
  return make_signal(value ? signal::kind::reply : signal::kind::refusal, {}, ref,
                     value ? std::move(*value) : term("no_term"));
}
}  // namespace

std::optional<term> term_of(const caf::type_erased_tuple& content, caf_engine& engine) {
  std::vector<term> elements;
  for (std::size_t at = 0; at < content.size(); ++at) {
    auto element = element_of(content, at, engine);
    if (!element)
      return {};
    elements.push_back(std::move(*element));
  }
  return elements.size() == 1 ? elements[0] : tuple_of(elements.data(), elements.size());
}

signal_ptr signal_of(caf::mailbox_element& what, caf_engine& engine, pid to, node::impl& home) {
  if (what.mid.is_response())
    return response_of(what, engine);
  auto& content = what.content();
  if (content.size() == 1 && content.match_element<caf::exit_msg>(0))
    return exit_of(content.get_as<caf::exit_msg>(0), engine);
  auto value = content.empty() ? std::nullopt : term_of(content, engine);
  if (!value)
    return nullptr;
  const pid from = what.sender ? engine.pid_of(what.sender) : pid{};
  if (!what.mid.is_request())
    return make_signal(signal::kind::message, from, 0, std::move(*value));
  const auto ref = home.next_request_number();
  engine.expect_answer(ref, what, to);
  auto sent = make_signal(signal::kind::message, from, ref,
                          tuple("$gen_call", tuple(from, reference{ref, 0}), std::move(*value)));
  sent->from_a_caf = true;
  return sent;
}

caf::error error_of(const term& reason) {
  if (reason == "normal"_atom)
    return caf::none;
  const auto as_exit = [&](caf::exit_reason code) {
    return caf::error{static_cast<std::uint8_t>(code), caf::atom("exit"), caf::make_message(reason)};
  };
  if (reason == "killed"_atom || reason == "kill"_atom)
    return as_exit(caf::exit_reason::kill);
  if (reason == "shutdown"_atom || reason.is_tagged("shutdown"_atom, 2))
    return as_exit(caf::exit_reason::user_shutdown);
  return refusal_of(reason);
}

caf::error refusal_of(const term& reason) {
  return caf::error{1, error_category, caf::make_message(reason)};
}

term reason_of(const caf::error& failure) {
  if (!failure)
    return "normal";
  auto& context = failure.context();
  if (context.size() == 1 && context.match_element<term>(0))
    return context.get_as<term>(0);
  if (failure == caf::exit_reason::user_shutdown)
    return "shutdown";
  if (failure == caf::exit_reason::kill)
    return "killed";
  if (failure == caf::sec::request_receiver_down)
    return "noproc";
  return tuple("caf_error", atom(caf::to_string(failure.category())), static_cast<int>(failure.code()));
}

std::string to_string(const term& value) {
  return to_text_w(value);
}

void announce(caf::actor_system_config& config) {
  config.add_message_type<term>("twinslot::term");
}
}  // namespace twinslot
