#include "sim/faults.h"

#include <array>

namespace firesteel::sim {
namespace {

constexpr std::array kTransient{ErrorCode::kConflict,        ErrorCode::kInternal,
                                ErrorCode::kUnavailable,     ErrorCode::kTimeout,
                                ErrorCode::kTooManyRequests, ErrorCode::kIo};

}  // namespace

std::optional<Error> FaultyApi::trouble() {
  if (plan_.error_one_in == 0 || !random_.one_in(plan_.error_one_in)) return std::nullopt;
  return Error{kTransient[random_.below(kTransient.size())], "injected", {}};
}

template <typename T, typename Call>
Result<T> FaultyApi::write(Call call) {
  ++writes_;
  const bool now = plan_.crash_at_write == writes_;
  const bool chance = plan_.crash_one_in != 0 && random_.one_in(plan_.crash_one_in);
  const bool after = chance ? random_.one_in(2) : plan_.crash_after;
  if ((now || chance) && !after) throw Crashed{};
  in_flight_();
  if (auto error = trouble()) {
    // Half of the failures come after the write took effect: the answer is lost.
    if (random_.one_in(2)) return std::unexpected(std::move(*error));
    if (auto done = call(); !done) return done;
    return fail(ErrorCode::kTimeout, "injected: the answer is lost");
  }
  Result<T> done = call();
  if (now || chance) throw Crashed{};
  in_flight_();
  return done;
}

template <typename T, typename Call>
Result<T> FaultyApi::read(Call call) {
  if (auto error = trouble()) return std::unexpected(std::move(*error));
  Result<T> answer = call();
  in_flight_();
  return answer;
}

Result<json::Document> FaultyApi::get(const kube::Resource& resource, std::string_view space,
                                      std::string_view name) {
  return read<json::Document>([&] { return real_.get(resource, space, name); });
}

Result<kube::List> FaultyApi::list(const kube::Resource& resource, std::string_view space,
                                   const kube::ListOptions& options) {
  return read<kube::List>([&] { return real_.list(resource, space, options); });
}

Result<json::Document> FaultyApi::create(const kube::Resource& resource, std::string_view space,
                                         const json::Value& object,
                                         const kube::WriteOptions& options) {
  return write<json::Document>([&] { return real_.create(resource, space, object, options); });
}

Result<json::Document> FaultyApi::replace(const kube::Resource& resource, std::string_view space,
                                          std::string_view name, const json::Value& object,
                                          const kube::WriteOptions& options) {
  return write<json::Document>(
      [&] { return real_.replace(resource, space, name, object, options); });
}

Result<json::Document> FaultyApi::patch(const kube::Resource& resource, std::string_view space,
                                        std::string_view name, kube::PatchType type,
                                        const json::Value& patch,
                                        const kube::WriteOptions& options) {
  return write<json::Document>(
      [&] { return real_.patch(resource, space, name, type, patch, options); });
}

Result<void> FaultyApi::remove(const kube::Resource& resource, std::string_view space,
                               std::string_view name, const kube::DeleteOptions& options) {
  return write<void>([&] { return real_.remove(resource, space, name, options); });
}

Result<void> FaultyApi::remove_collection(const kube::Resource& resource, std::string_view space,
                                          const kube::ListOptions& selection,
                                          const kube::DeleteOptions& options) {
  return write<void>([&] { return real_.remove_collection(resource, space, selection, options); });
}

Result<std::unique_ptr<kube::WatchStream>> FaultyApi::watch(const kube::Resource& resource,
                                                            std::string_view space,
                                                            const kube::WatchOptions& options) {
  return real_.watch(resource, space, options);
}

}  // namespace firesteel::sim
