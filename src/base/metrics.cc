#include "base/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "base/check.h"

namespace firesteel::metrics {
namespace {

constexpr std::string_view kDropped = "metrics_dropped_samples_total";

std::string_view text(Type type) {
  switch (type) {
    case Type::kCounter:
      return "counter";
    case Type::kGauge:
      return "gauge";
    case Type::kHistogram:
      return "histogram";
    case Type::kSummary:
      return "summary";
  }
  std::unreachable();
}

bool is_letter(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_';
}

bool is_metric_name(std::string_view name) {
  if (name.empty() || (!is_letter(name.front()) && name.front() != ':')) return false;
  return std::ranges::all_of(name, [](char c) {
    return is_letter(c) || c == ':' || std::isdigit(static_cast<unsigned char>(c)) != 0;
  });
}

std::string escaped(std::string_view value, bool quotes) {
  std::string out;
  for (const char c : value) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && quotes) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
  return out;
}

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

void print_line(std::string& out, std::string_view name, const Labels& labels, double value,
                std::string_view bound = {}) {
  out += name;
  std::string inside;
  for (const auto& [key, text] : labels) {
    inside += fmt::format("{}{}=\"{}\"", inside.empty() ? "" : ",", key, escaped(text, true));
  }
  if (!bound.empty()) inside += fmt::format("{}le=\"{}\"", inside.empty() ? "" : ",", bound);
  if (!inside.empty()) out += "{" + inside + "}";
  out += " " + number(value) + "\n";
}

}  // namespace

Registry::Registry() {
  declare(Type::kCounter, std::string(kDropped),
          "Samples dropped since a family has too many series.");
}

void Registry::insert(std::string name, Family family) {
  ASSERT(is_metric_name(name), "metric names are constants of ours");
  const std::scoped_lock lock(mutex_);
  const bool fresh = families_.emplace(std::move(name), std::move(family)).second;
  ASSERT(fresh, "a metric is declared once");
}

void Registry::declare(Type type, std::string name, std::string help, std::vector<double> buckets) {
  ASSERT(std::ranges::is_sorted(buckets), "buckets ascend");
  insert(std::move(name), {type, std::move(help), std::move(buckets), {}, {}});
}

void Registry::declare_gauge(std::string name, std::string help,
                             std::function<std::vector<Sample>()> collect) {
  insert(std::move(name), {Type::kGauge, std::move(help), {}, std::move(collect), {}});
}

void Registry::declare_counter(std::string name, std::string help,
                               std::function<std::vector<Sample>()> collect) {
  insert(std::move(name), {Type::kCounter, std::move(help), {}, std::move(collect), {}});
}

Registry::Family& Registry::family(std::string_view name) {
  const auto found = families_.find(name);
  ASSERT(found != families_.end(), "a metric is declared before it is used");
  return found->second;
}

Registry::Series* Registry::series(std::string_view name, const Labels& labels) {
  Family& of = family(name);
  const auto found = of.series.find(labels);
  if (found != of.series.end()) return &found->second;
  if (of.series.size() >= kMaxSeries) {
    family(kDropped).series[{}].value += 1;
    return nullptr;
  }
  Series& fresh = of.series[labels];
  fresh.buckets.resize(of.bounds.size());
  return &fresh;
}

void Registry::add(std::string_view name, const Labels& labels, double amount) {
  const std::scoped_lock lock(mutex_);
  if (Series* at = series(name, labels)) at->value += amount;
}

void Registry::set(std::string_view name, const Labels& labels, double value) {
  const std::scoped_lock lock(mutex_);
  if (Series* at = series(name, labels)) at->value = value;
}

void Registry::observe(std::string_view name, const Labels& labels, double value) {
  const std::scoped_lock lock(mutex_);
  Series* at = series(name, labels);
  if (at == nullptr) return;
  at->value += value;
  at->count += 1;
  const std::vector<double>& bounds = family(name).bounds;
  const auto bound = std::ranges::lower_bound(bounds, value);
  if (bound != bounds.end()) at->buckets[static_cast<std::size_t>(bound - bounds.begin())] += 1;
}

void Registry::print_series(std::string& out, const std::string& name, const Family& family,
                            const Labels& labels, const Series& series) {
  if (family.type == Type::kCounter || family.type == Type::kGauge) {
    print_line(out, name, labels, series.value);
    return;
  }
  if (family.type == Type::kHistogram) {
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < family.bounds.size(); ++i) {
      total += series.buckets[i];
      print_line(out, name + "_bucket", labels, static_cast<double>(total),
                 number(family.bounds[i]));
    }
    print_line(out, name + "_bucket", labels, static_cast<double>(series.count), "+Inf");
  }
  print_line(out, name + "_sum", labels, series.value);
  print_line(out, name + "_count", labels, static_cast<double>(series.count));
}

void Registry::print(std::string& out, const std::string& name, const Family& family) {
  out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, escaped(family.help, false), name,
                     text(family.type));
  for (const auto& [labels, series] : family.series) {
    print_series(out, name, family, labels, series);
  }
}

std::string Registry::expose() const {
  // Asked without the lock: who is asked may be using this registry.
  std::map<std::string, std::function<std::vector<Sample>()>> asked;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [name, family] : families_) {
      if (family.collect) asked.emplace(name, family.collect);
    }
  }
  std::map<std::string, std::map<Labels, Series>> answers;
  for (const auto& [name, collect] : asked) {
    std::map<Labels, Series>& answer = answers[name];
    for (const Sample& sample : collect()) {
      if (answer.size() < kMaxSeries) answer[sample.labels].value += sample.value;
    }
  }
  const std::scoped_lock lock(mutex_);
  std::string out;
  for (const auto& [name, family] : families_) {
    const auto answer = answers.find(name);
    if (answer == answers.end()) {
      print(out, name, family);
    } else {
      print(out, name, {family.type, family.help, {}, {}, answer->second});
    }
  }
  return out;
}

std::vector<double> exponential_buckets(double first, double factor, std::size_t count) {
  std::vector<double> bounds;
  for (double bound = first; bounds.size() < count; bound *= factor) bounds.push_back(bound);
  return bounds;
}

std::string label_name(std::string_view text) {
  std::string name(text);
  for (char& c : name) {
    if (!is_letter(c) && std::isdigit(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  if (name.empty() || !is_letter(name.front())) name.insert(0, "_");
  return name;
}

}  // namespace firesteel::metrics
