#include "apiserver/read.h"

#include <charconv>

#include "apiserver/selection.h"
#include "base/json/parse.h"
#include "base/json/print.h"
#include "kube/status.h"
#include "net/tls.h"

namespace firesteel::apiserver {

namespace {

// Where a limited list goes on: after `key`, in the snapshot of `revision`.
struct Continuation {
  store::Revision revision = 0;
  std::string after;
};

std::string encode(const Continuation& at) {
  return net::base64url_encode(
      json::print(json::Object{{"v", 1}, {"rv", at.revision}, {"after", at.after}}));
}

Result<Continuation> decode(std::string_view token) {
  const auto bad = [] { return fail(ErrorCode::kBadRequest, "continue key is not valid"); };
  const auto text = net::base64url_decode(token);
  if (!text) return bad();
  const auto value = json::parse(*text);
  if (!value || json::int_at(*value, {"rv"}) == 0) return bad();
  return Continuation{json::int_at(*value, {"rv"}), std::string(json::string_at(*value, "after"))};
}

Result<std::int64_t> parse_number(std::string_view text, std::string_view what) {
  std::int64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size() || number < 0) {
    return fail(ErrorCode::kBadRequest, fmt::format("{}: Invalid value: \"{}\"", what, text));
  }
  return number;
}

// 410 with a token that goes on at the same key in what there is now: who can do with an
// inconsistent list need not begin anew. Source: apiserver registry/generic, "inconsistent
// continue".
Answer expired(const Error& error, const Continuation& from) {
  json::Value status = kube::to_status(error);
  json::make_object(status, {"metadata"})["continue"] = encode({-1, from.after});
  return Answer{410, ObjectAnswer{std::make_shared<const json::Value>(std::move(status))}};
}

Result<store::Snapshot> snapshot_of(const Call& call, const Continuation& from) {
  const std::string prefix = key_of(*call.served, call.path.space, "");
  const store::Store& store = call.core.store();
  if (from.revision > 0) {
    auto at = store.list_at(prefix, from.revision);
    if (at) return at;
    return fail(ErrorCode::kGone,
                "The provided continue parameter is too old to display a consistent list result. "
                "You must start a new list without the continue parameter.");
  }
  if (from.revision < 0) return store.list(prefix);
  const store::Revision asked = TRY(asked_revision(call.query));
  if (asked > store.revision()) {
    return fail(ErrorCode::kTimeout, fmt::format("Too large resource version: {}, current: {}",
                                                 asked, store.revision()));
  }
  if (query_value(call.query, "resourceVersionMatch") == "Exact") {
    return store.list_at(prefix, asked);
  }
  return store.list(prefix);
}

}  // namespace

Result<store::Revision> asked_revision(const net::Query& query) {
  const std::string_view text = query_value(query, "resourceVersion");
  if (text.empty()) return 0;
  return parse_number(text, "resourceVersion");
}

Result<Answer> read_one(Call& call) {
  if (const store::Revision asked = TRY(asked_revision(call.query));
      asked > call.core.store().revision()) {
    return fail(ErrorCode::kTimeout, fmt::format("Too large resource version: {}, current: {}",
                                                 asked, call.core.store().revision()));
  }
  const auto entry = call.core.store().get(key_of(*call.served, call.path.space, call.path.name));
  if (!entry) return not_found(call.resource(), call.path.name);
  return Answer{200, ObjectAnswer{present(*call.served, entry->value)}};
}

Result<Answer> read_list(Call& call) {
  const Selection selection = TRY(Selection::parse(*call.served, call.query));
  std::int64_t limit = 0;
  // A negative limit is none.
  if (const auto text = query_value(call.query, "limit"); !text.empty() && text.front() != '-') {
    limit = TRY(parse_number(text, "limit"));
  }
  Continuation from;
  if (const auto token = query_value(call.query, "continue"); !token.empty()) {
    const std::string_view version = query_value(call.query, "resourceVersion");
    if (!version.empty() && version != "0") {
      return fail(ErrorCode::kBadRequest,
                  "specifying resource version is not allowed when using continue");
    }
    from = TRY(decode(token));
  }
  const auto taken = snapshot_of(call, from);
  if (!taken && taken.error().code == ErrorCode::kGone && !from.after.empty()) {
    return expired(taken.error(), from);
  }
  const store::Snapshot& snapshot = TRY(taken);
  ListAnswer list;
  list.resource_version = std::to_string(snapshot.revision);
  std::size_t at = 0;
  std::string last;
  for (; at < snapshot.entries.size(); ++at) {
    const auto& [key, entry] = snapshot.entries[at];
    if (!from.after.empty() && key <= from.after) continue;
    const json::Document object = present(*call.served, entry.value);
    if (!selection.matches(*object)) continue;
    if (limit > 0 && static_cast<std::int64_t>(list.items.size()) == limit) break;
    list.items.push_back(object);
    last = key;
  }
  if (at < snapshot.entries.size()) {
    list.continue_token = encode({snapshot.revision, last});
    if (selection.everything()) {
      list.remaining = static_cast<std::int64_t>(snapshot.entries.size() - at);
    }
  }
  return Answer{200, std::move(list)};
}

}  // namespace firesteel::apiserver
