#pragma once
// resource.Quantity: "500m", "1.5Gi", "2e3". Exact integers, no floating point. Source:
// apimachinery api/resource, quantity.go. What is finer than a nano unit is rounded up (away from
// zero); what is larger than 2^63-1 is capped. Pure.
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/json/json.h"
#include "base/result.h"

namespace firesteel::kube {

class Quantity {
 public:
  enum class Format { kDecimalSi, kBinarySi, kDecimalExponent };
  __extension__ using Wide = __int128;

  Quantity() = default;  // 0
  // Errors: kBadRequest with Kubernetes' words.
  [[nodiscard]] static Result<Quantity> parse(std::string_view text);
  // A string or a number, as manifests may have it. Errors: kBadRequest.
  [[nodiscard]] static Result<Quantity> from_json(const json::Value& value);
  [[nodiscard]] static Quantity of_units(std::int64_t units, Format format = Format::kDecimalSi);
  [[nodiscard]] static Quantity of_milli(std::int64_t milli);

  // Canonical: no fraction, the largest suffix that keeps it exact: 1536Mi, 500m, 1.
  [[nodiscard]] std::string text() const;
  // Rounded up, capped at the ends of int64.
  [[nodiscard]] std::int64_t to_units() const;
  [[nodiscard]] std::int64_t to_milli() const;
  [[nodiscard]] std::int64_t to_bytes() const { return to_units(); }
  [[nodiscard]] bool is_zero() const { return nanos_ == 0; }
  [[nodiscard]] bool is_negative() const { return nanos_ < 0; }

  // By value, whatever the format.
  auto operator<=>(const Quantity& other) const { return nanos_ <=> other.nanos_; }
  bool operator==(const Quantity& other) const { return nanos_ == other.nanos_; }
  // Capped; the sum keeps this one's format unless it is zero.
  Quantity& operator+=(const Quantity& other);
  Quantity& operator-=(const Quantity& other);

 private:
  Wide nanos_ = 0;  // |nanos_| <= (2^63-1) * 10^9
  Format format_ = Format::kDecimalSi;
};

// Canonical binary text of a number of bytes: 1536Mi, 1000.
[[nodiscard]] std::string format_bytes(std::int64_t bytes);

}  // namespace firesteel::kube
