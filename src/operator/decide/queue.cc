#include "operator/decide/queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <tuple>

#include "kube/object.h"
#include "operator/decide/annotations.h"

namespace firesteel::operators::decide {
namespace {

using kube::Quantity;
using kube::Resources;

Quantity amount_in(const Resources& resources, const std::string& name) {
  const auto found = resources.find(name);
  return found == resources.end() ? Quantity() : found->second;
}

Quantity times(const Quantity& one, std::int64_t count) {
  Quantity sum;
  Quantity power = one;  // by doubling: the count is a user's number
  for (; count > 0; count >>= 1, power += Quantity(power)) {
    if ((count & 1) != 0) sum += power;
  }
  return sum;
}

Quantity minus(Quantity left, const Quantity& right) {
  left -= right;
  return left.is_negative() ? Quantity() : left;
}

enum class What { kDrivers, kExecutors, kResource };

struct Pool {
  What what = What::kDrivers;
  std::string space;     // "" = of all namespaces
  std::string resource;  // of a quota
  std::string words;     // "drivers of all namespaces"
  Quantity capacity;
  Quantity taken = {};  // by who has started, whoever it is; then by those in front
  Quantity own = {};    // of it, what the end of started applications gives back
  std::size_t waiting = 0;

  [[nodiscard]] bool concerns(const Contender& contender) const {
    return space.empty() || space == contender.space;
  }
  [[nodiscard]] Quantity wanted_by(const Contender& contender) const {
    const spark::Demand& demand = contender.demand;
    switch (what) {
      case What::kDrivers:
        return Quantity::of_units(1);
      case What::kExecutors:
        return Quantity::of_units(std::max(demand.executors, contender.live_executors));
      case What::kResource: {
        Quantity sum = amount_in(demand.driver, resource);
        sum += times(amount_in(demand.executor, resource), demand.executors);
        return sum;
      }
    }
    std::unreachable();
  }
  // What of it the quota does not count yet, for the pods do not exist.
  [[nodiscard]] Quantity to_come(const Contender& contender) const {
    const spark::Demand& demand = contender.demand;
    Quantity sum = contender.has_driver ? Quantity() : amount_in(demand.driver, resource);
    const std::int64_t missing = demand.executors - contender.live_executors;
    sum += times(amount_in(demand.executor, resource), std::max<std::int64_t>(missing, 0));
    return sum;
  }
  void take_started(const Contender& contender) {
    const Quantity wanted = wanted_by(contender);
    taken += what == What::kResource ? to_come(contender) : wanted;
    own += wanted;
  }
  [[nodiscard]] bool fits(const Quantity& wanted) const {
    Quantity sum = taken;
    sum += wanted;
    return sum <= capacity;
  }
  // Whether there would be room when all that has started had ended.
  [[nodiscard]] bool could_fit(const Quantity& wanted) const {
    Quantity sum = minus(taken, own);
    sum += wanted;
    return sum <= capacity;
  }
};

std::vector<Pool> pools_of(const QueueLimits& limits, const std::vector<Quota>& quotas) {
  std::vector<Pool> pools;
  const auto add = [&](What what, const std::string& space, std::string_view noun,
                       const std::optional<std::int64_t>& limit) {
    if (!limit) return;
    const std::string of = space.empty() ? "all namespaces" : fmt::format("namespace {}", space);
    pools.push_back({.what = what,
                     .space = space,
                     .resource = "",
                     .words = fmt::format("{} of {}", noun, of),
                     .capacity = Quantity::of_units(*limit)});
  };
  const auto add_both = [&](const std::string& space, const QueueLimits::Limit& limit) {
    add(What::kDrivers, space, "drivers", limit.drivers);
    add(What::kExecutors, space, "executors", limit.executors);
  };
  add_both("", limits.all);
  for (const auto& [space, limit] : limits.namespaces) add_both(space, limit);
  for (const Quota& quota : quotas) {
    for (const auto& [resource, hard] : quota.hard) {
      pools.push_back({.what = What::kResource,
                       .space = quota.space,
                       .resource = resource,
                       .words = fmt::format("{} of quota {}", resource, quota.name),
                       .capacity = hard,
                       .taken = amount_in(quota.used, resource)});
    }
  }
  return pools;
}

class Line {
 public:
  Line(const QueueLimits& limits, const std::vector<Quota>& quotas, TimePoint now)
      : pools_(pools_of(limits, quotas)), reservation_(limits.reservation), now_(now) {}

  void count_started(const Contender& contender) {
    for (Pool& pool : pools_) {
      if (pool.concerns(contender)) pool.take_started(contender);
    }
  }

  void stand(const Contender& contender) {
    Pool* blocking = nullptr;
    bool reserves = now_ - contender.waiting_since < reservation_;
    for (Pool& pool : pools_) {
      if (!pool.concerns(contender)) continue;
      const Quantity wanted = pool.wanted_by(contender);
      if (wanted.is_zero()) continue;
      if (pool.capacity < wanted) return refuse(contender, pool, wanted);
      if (pool.fits(wanted)) continue;
      reserves = reserves && pool.could_fit(wanted);
      if (blocking == nullptr) blocking = &pool;
    }
    if (contender.refused_until && now_ < *contender.refused_until) {
      places_[contender.key] = {.may_start = false};
      return;
    }
    // Said before anything is taken for it.
    if (blocking != nullptr) wait(contender, *blocking);
    if (blocking == nullptr) places_[contender.key] = {};
    if (blocking != nullptr && !reserves) return;
    for (Pool& pool : pools_) {
      if (pool.concerns(contender)) pool.taken += pool.wanted_by(contender);
    }
  }

  [[nodiscard]] std::map<std::string, Place> places() {
    for (const auto& [key, pool] : blocked_by_) places_[key].of = pool->waiting;
    for (auto& [key, place] : places_) {
      if (place.number == 0) continue;
      place.message = fmt::format("place {} of {}: {}", place.number, place.of, place.message);
    }
    return std::move(places_);
  }

 private:
  void refuse(const Contender& contender, const Pool& pool, const Quantity& wanted) {
    places_[contender.key] = {
        .may_start = false,
        .never = true,
        .message = fmt::format("it can never start: it wants {} {}, and there are {} in all",
                               wanted.text(), pool.words, pool.capacity.text())};
  }

  void wait(const Contender& contender, Pool& pool) {
    const Quantity left = minus(pool.capacity, pool.taken);
    places_[contender.key] = {
        .may_start = false,
        .number = ++pool.waiting,
        .message = fmt::format("waiting for {} {}, of which {} of {} are left",
                               pool.wanted_by(contender).text(), pool.words, left.text(),
                               pool.capacity.text())};
    blocked_by_[contender.key] = &pool;
  }

  std::vector<Pool> pools_;
  const std::chrono::seconds reservation_;
  const TimePoint now_;
  std::map<std::string, Place> places_;
  std::map<std::string, const Pool*> blocked_by_;
};

bool goes_before(const Contender* left, const Contender* right) {
  return std::tuple(-left->priority, left->since, std::string_view(left->key)) <
         std::tuple(-right->priority, right->since, std::string_view(right->key));
}

}  // namespace

std::map<std::string, Place> line_up(const std::vector<const Contender*>& contenders,
                                     const QueueLimits& limits, const std::vector<Quota>& quotas,
                                     TimePoint now) {
  Line line(limits, quotas, now);
  std::vector<const Contender*> waiting;
  for (const Contender* contender : contenders) {
    if (contender->started) {
      line.count_started(*contender);
    } else {
      waiting.push_back(contender);
    }
  }
  std::ranges::sort(waiting, goes_before);
  for (const Contender* contender : waiting) line.stand(*contender);
  return line.places();
}

std::string shortage_of(const Contender& contender, const std::vector<Quota>& quotas) {
  const std::int64_t wanted = contender.demand.executors;
  for (const Quota& quota : quotas) {
    if (quota.space != contender.space) continue;
    for (const auto& [resource, hard] : quota.hard) {
      const Quantity one = amount_in(contender.demand.executor, resource);
      const Quantity left = minus(hard, amount_in(quota.used, resource));
      if (one <= left) continue;
      return fmt::format(
          "{} of {} executors exist: each takes {} {}, and quota {} has {} of {} left",
          contender.live_executors, wanted, one.text(), resource, quota.name, left.text(),
          hard.text());
    }
  }
  return "";
}

std::chrono::seconds look_again_after(const Place& place) {
  constexpr std::int64_t kSoonest = 30;
  constexpr std::int64_t kLatest = 3600;
  return std::chrono::seconds(
      std::clamp(static_cast<std::int64_t>(place.number), kSoonest, kLatest));
}

namespace {

Result<void> read_limits(const std::vector<std::string>& texts,
                         std::optional<std::int64_t> QueueLimits::Limit::* member,
                         QueueLimits& limits) {
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    const std::string_view number =
        std::string_view(text).substr(equals == std::string::npos ? 0 : equals + 1);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
    const bool whole = end == number.data() + number.size();
    if (error != std::errc() || !whole || value < 0 || equals == 0) {
      return fail(ErrorCode::kInvalid,
                  fmt::format("a limit is N, or NAMESPACE=N: found \"{}\"", text));
    }
    QueueLimits::Limit& limit =
        equals == std::string::npos ? limits.all : limits.namespaces[text.substr(0, equals)];
    limit.*member = value;
  }
  return {};
}

}  // namespace

Result<QueueLimits> parse_queue_limits(const std::vector<std::string>& drivers,
                                       const std::vector<std::string>& executors) {
  QueueLimits limits;
  TRY(read_limits(drivers, &QueueLimits::Limit::drivers, limits));
  TRY(read_limits(executors, &QueueLimits::Limit::executors, limits));
  return limits;
}

Priority priority_of(const json::Value& application) {
  Priority priority;
  const std::string_view own =
      json::string_at(application, {"metadata", "annotations", kAnnotationPriority});
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(own.data(), own.data() + own.size(), value);
  if (!own.empty() && error == std::errc() && end == own.data() + own.size()) {
    priority.value = value;
    return priority;
  }
  priority.class_name =
      json::string_at(application, {"spec", "batchSchedulerOptions", "priorityClassName"});
  if (priority.class_name.empty()) {
    priority.class_name = json::string_at(application, {"spec", "driver", "priorityClassName"});
  }
  return priority;
}

std::optional<Quota> quota_of(const json::Value& quota) {
  if (json::find(quota, {"spec", "scopeSelector"}) != nullptr ||
      !json::array_at(quota, {"spec", "scopes"}).empty()) {
    return std::nullopt;
  }
  return Quota{.space = std::string(kube::namespace_of(quota)),
               .name = std::string(kube::name_of(quota)),
               .hard = kube::quantities_at(quota, {"spec", "hard"}),
               .used = kube::quantities_at(quota, {"status", "used"})};
}

}  // namespace firesteel::operators::decide
