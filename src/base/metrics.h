#pragma once
// Counters, gauges, histograms and summaries with labels, and their text for Prometheus. Families
// are declared once, before use; using an undeclared one is a bug and aborts. Thread-safe. Source:
// Prometheus' text exposition format 0.0.4.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace firesteel::metrics {

inline constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

// In the order in which they are printed; the same names in the same order at each use of a family.
using Labels = std::vector<std::pair<std::string, std::string>>;

enum class Type { kCounter, kGauge, kHistogram, kSummary };

struct Sample {
  Labels labels;
  double value = 0;
};

class Registry {
 public:
  // Per family: label values come from users' objects, and must not fill the memory. A new series
  // beyond is dropped and counted in metrics_dropped_samples_total.
  static constexpr std::size_t kMaxSeries = 2000;

  Registry();

  // `name` as Prometheus wants names: [a-zA-Z_:][a-zA-Z0-9_:]*. `buckets`: ascending upper bounds,
  // for histograms only; +Inf is added. A summary has a sum and a count, no quantiles.
  void declare(Type type, std::string name, std::string help, std::vector<double> buckets = {});
  // A gauge whose samples are asked for at each expose(), from its thread.
  void declare_gauge(std::string name, std::string help,
                     std::function<std::vector<Sample>()> collect);
  // The same for a counter that somebody else counts.
  void declare_counter(std::string name, std::string help,
                       std::function<std::vector<Sample>()> collect);

  // A counter, or a gauge. Adding 0 makes a series appear.
  void add(std::string_view name, const Labels& labels = {}, double amount = 1);
  void set(std::string_view name, const Labels& labels, double value);  // a gauge
  // A histogram or a summary.
  void observe(std::string_view name, const Labels& labels, double value);

  // Families sorted by name, series by labels.
  [[nodiscard]] std::string expose() const;

 private:
  struct Series {
    double value = 0;  // of a counter or gauge, else the sum
    std::uint64_t count = 0;
    std::vector<std::uint64_t> buckets;  // not cumulative; without +Inf
  };
  struct Family {
    Type type = Type::kCounter;
    std::string help;
    std::vector<double> bounds;
    std::function<std::vector<Sample>()> collect;
    std::map<Labels, Series> series;
  };

  Family& family(std::string_view name);
  Series* series(std::string_view name, const Labels& labels);
  void insert(std::string name, Family family);
  static void print(std::string& out, const std::string& name, const Family& family);
  static void print_series(std::string& out, const std::string& name, const Family& family,
                           const Labels& labels, const Series& series);

  mutable std::mutex mutex_;
  std::map<std::string, Family, std::less<>> families_;
};

// Upper bounds `first`, `first`*`factor`, ...: `count` of them.
[[nodiscard]] std::vector<double> exponential_buckets(double first, double factor,
                                                      std::size_t count);

// A label name of any text: what Prometheus does not allow becomes '_'.
[[nodiscard]] std::string label_name(std::string_view text);

}  // namespace firesteel::metrics
