#include "apiserver/protobuf.h"

#include <gtest/gtest.h>

#include "base/json/print.h"

namespace firesteel::apiserver {
namespace {

// The wire format by hand: a varint, a number field, a bytes field.
std::string varint(std::uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7) out += static_cast<char>((value & 0x7F) | 0x80);
  return out + static_cast<char>(value);
}
std::string number(unsigned field, std::int64_t value) {
  return varint(field << 3) + varint(static_cast<std::uint64_t>(value));
}
std::string bytes(unsigned field, const std::string& value) {
  return varint(field << 3 | 2) + varint(value.size()) + value;
}
std::string envelope(const std::string& version, const std::string& kind, const std::string& raw) {
  return std::string("k8s\0", 4) + bytes(1, bytes(1, version) + bytes(2, kind)) + bytes(2, raw);
}

// The JSON, or the message.
std::string decoded(const std::string& body) {
  const Result<json::Value> value = decode_protobuf(body);
  return value ? json::print(*value) : value.error().message;
}

TEST(Protobuf, ObjectsAreReadAsTheirJson) {
  const std::string metadata =
      bytes(1, "n") + bytes(2, "") + bytes(8, "") + bytes(11, bytes(1, "k") + bytes(2, "v"));
  EXPECT_EQ(decoded(envelope("v1", "Namespace", bytes(1, metadata) + bytes(2, "") + bytes(3, ""))),
            R"({"kind":"Namespace","apiVersion":"v1","metadata":{"name":"n","labels":{"k":"v"}}})");
  EXPECT_EQ(decoded(envelope("v1", "Secret", bytes(2, bytes(1, "k") + bytes(2, "\x01\x02")))),
            R"({"kind":"Secret","apiVersion":"v1","data":{"k":"AQI="}})");
  // Pointers keep their zeroes; the rest drops them.
  EXPECT_EQ(decoded(envelope("apps/v1", "Deployment",
                             bytes(2, number(1, 0) + number(5, 0) + number(6, -1)))),
            R"({"kind":"Deployment","apiVersion":"apps/v1","spec":{"replicas":0,)"
            R"("revisionHistoryLimit":-1}})");
  EXPECT_EQ(decoded(envelope("autoscaling/v2", "HorizontalPodAutoscaler",
                             bytes(2, bytes(1, bytes(2, "d")) + number(2, 1) + number(3, 4)))),
            R"({"kind":"HorizontalPodAutoscaler","apiVersion":"autoscaling/v2","spec":)"
            R"({"scaleTargetRef":{"name":"d"},"minReplicas":1,"maxReplicas":4}})");
  const std::string extra = bytes(5, bytes(1, "s") + bytes(2, bytes(1, "a") + bytes(1, "b")));
  EXPECT_EQ(decoded(envelope("authorization.k8s.io/v1", "SubjectAccessReview", bytes(2, extra))),
            R"({"kind":"SubjectAccessReview","apiVersion":"authorization.k8s.io/v1",)"
            R"("spec":{"extra":{"s":["a","b"]}}})");
}

TEST(Protobuf, SpecialTypesAreReadAsTheirJson) {
  const std::string port = number(3, 80) + bytes(4, number(1, 1) + number(2, 0) + bytes(3, "http"));
  const std::string second = number(3, 81) + bytes(4, number(1, 0) + number(2, 8081));
  EXPECT_EQ(decoded(envelope("v1", "Service", bytes(2, bytes(1, port) + bytes(1, second)))),
            R"({"kind":"Service","apiVersion":"v1","spec":{"ports":[{"port":80,)"
            R"("targetPort":"http"},{"port":81,"targetPort":8081}]}})");
  const std::string quantity = bytes(1, bytes(1, "cpu") + bytes(2, bytes(1, "500m")));
  EXPECT_EQ(decoded(envelope("v1", "ResourceQuota", bytes(2, quantity))),
            R"({"kind":"ResourceQuota","apiVersion":"v1","spec":{"hard":{"cpu":"500m"}}})");
  const std::string renewed = bytes(4, number(1, 1795348800) + number(2, 5000));
  EXPECT_EQ(decoded(envelope("coordination.k8s.io/v1", "Lease", bytes(2, renewed))),
            R"({"kind":"Lease","apiVersion":"coordination.k8s.io/v1",)"
            R"("spec":{"renewTime":"2026-11-22T12:00:00.000005Z"}})");
  const std::string volume = bytes(1, "v") + bytes(2, bytes(2, bytes(1, "")));  // inlined emptyDir
  EXPECT_EQ(decoded(envelope("v1", "Pod", bytes(2, bytes(1, volume)))),
            R"({"kind":"Pod","apiVersion":"v1","spec":{"volumes":[{"name":"v","emptyDir":{}}]}})");
}

TEST(Protobuf, WhatCannotBeReadIsRefused) {
  const auto code = [](const std::string& body) {
    const Result<json::Value> value = decode_protobuf(body);
    return value ? std::optional<ErrorCode>() : value.error().code;
  };
  EXPECT_EQ(code("{}"), ErrorCode::kUnsupportedMedia);
  EXPECT_EQ(code(envelope("example.com/v1", "Widget", "")), ErrorCode::kUnsupportedMedia);
  EXPECT_EQ(code(envelope("apps/v2", "Deployment", "")), ErrorCode::kUnsupportedMedia);
  const std::string good = envelope("v1", "Namespace", bytes(1, bytes(1, "n")));
  EXPECT_EQ(code(good), std::nullopt);
  // Cut anywhere but between the envelope's two fields.
  const std::size_t whole = envelope("v1", "Namespace", "").size() - 2;
  for (std::size_t size = 5; size < good.size(); ++size) {
    const auto refused = code(good.substr(0, size));
    EXPECT_EQ(refused.has_value(), size != whole) << size;
  }
  EXPECT_EQ(code(envelope("v1", "Namespace", number(1, 5))), ErrorCode::kBadRequest);
  EXPECT_EQ(code(envelope("v1", "Namespace", bytes(1, bytes(1, "\xff")))), ErrorCode::kBadRequest);
  EXPECT_EQ(code(envelope("v1", "Namespace", std::string(11, '\xff'))), ErrorCode::kBadRequest);
  // A field that we do not know is refused by its number, unless nothing is in it.
  EXPECT_EQ(decode_protobuf(envelope("v1", "Namespace", bytes(99, "x"))).error().message,
            "the protobuf body has field 99 of a core.Namespace, which is not known here; send "
            "application/json instead");
  EXPECT_EQ(code(envelope("v1", "Namespace", number(98, 1))), ErrorCode::kUnsupportedMedia);
  EXPECT_EQ(decoded(envelope("v1", "Namespace", bytes(99, "") + number(98, 0))),
            R"({"kind":"Namespace","apiVersion":"v1"})");
}

}  // namespace
}  // namespace firesteel::apiserver
