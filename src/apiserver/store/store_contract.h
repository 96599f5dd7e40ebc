#pragma once
// What every store must do. A test includes this and instantiates StoreContract with a factory.
#include <gtest/gtest.h>

#include <thread>

#include "apiserver/store/store.h"
#include "base/json/json.h"
#include "base/json/parse.h"

namespace firesteel::apiserver::store {

inline json::Value numbered(std::int64_t number) {
  return json::Object{{"metadata", json::Object{}}, {"data", number}};
}

inline std::int64_t number_in(const json::Document& document) {
  return json::int_at(*document, {"data"}, -1);
}

template <typename Factory>
class StoreContract : public testing::Test {
 protected:
  Factory factory_;
  std::unique_ptr<Store> store_ = factory_.make();
};

TYPED_TEST_SUITE_P(StoreContract);

TYPED_TEST_P(StoreContract, OneCounterForAllWrites) {
  Store& store = *this->store_;
  const auto first = store.create("pods/a/x", numbered(1));
  const auto second = store.create("pods/a/y", numbered(2));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->revision + 1, second->revision);
  EXPECT_EQ(json::string_at(*second->value, {"metadata", "resourceVersion"}),
            std::to_string(second->revision));
  EXPECT_EQ(store.revision(), second->revision);
}

TYPED_TEST_P(StoreContract, PreconditionsDecide) {
  Store& store = *this->store_;
  const auto made = store.create("pods/a/x", numbered(1));
  ASSERT_TRUE(made);
  EXPECT_EQ(store.create("pods/a/x", numbered(2)).error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(store.update("pods/a/z", 1, numbered(2)).error().code, ErrorCode::kNotFound);
  const auto changed = store.update("pods/a/x", made->revision, numbered(2));
  ASSERT_TRUE(changed);
  EXPECT_EQ(store.update("pods/a/x", made->revision, numbered(3)).error().code,
            ErrorCode::kConflict);
  EXPECT_EQ(store.remove("pods/a/x", made->revision, numbered(3)).error().code,
            ErrorCode::kConflict);
  EXPECT_EQ(number_in(store.get("pods/a/x")->value), 2);
  ASSERT_TRUE(store.remove("pods/a/x", changed->revision, numbered(2)));
  EXPECT_FALSE(store.get("pods/a/x"));
  EXPECT_EQ(store.revision(), changed->revision + 1) << "refused writes must take no revision";
}

TYPED_TEST_P(StoreContract, WhatCouldNotBeReadBackIsRefused) {
  json::Value deep = json::Object();
  for (std::size_t i = 2; i < json::kMaxDepth; ++i) deep = json::Object{{"a", std::move(deep)}};
  json::Value deepest = json::Array();
  deepest.get_array().push_back(deep);
  json::Value value = numbered(1);
  value.as_object()["deep"] = deep;
  EXPECT_TRUE(this->store_->create("pods/a/x", value));
  value.as_object()["deep"] = deepest;
  EXPECT_EQ(this->store_->create("pods/a/y", value).error().code, ErrorCode::kBadRequest);
}

TYPED_TEST_P(StoreContract, ListsAPrefixNowAndThen) {
  Store& store = *this->store_;
  const auto x = store.create("pods/a/x", numbered(1));
  (void)store.create("pods/b/x", numbered(2));
  (void)store.create("podtemplates/a/x", numbered(3));
  const Revision then = store.revision();
  (void)store.update("pods/a/x", x->revision, numbered(10));
  (void)store.create("pods/a/y", numbered(4));
  const auto b = store.get("pods/b/x");
  (void)store.remove("pods/b/x", b->revision, *b->value);

  const Snapshot now = store.list("pods/");
  ASSERT_EQ(now.entries.size(), 2u);
  EXPECT_EQ(now.entries[0].first, "pods/a/x");
  EXPECT_EQ(now.revision, store.revision());
  const auto before = store.list_at("pods/", then);
  ASSERT_TRUE(before);
  ASSERT_EQ(before->entries.size(), 2u);
  EXPECT_EQ(number_in(before->entries[0].second.value), 1);
  EXPECT_EQ(before->entries[1].first, "pods/b/x");
  EXPECT_EQ(before->revision, then);
}

TYPED_TEST_P(StoreContract, EventsComeInOrderWithTheStateBefore) {
  Store& store = *this->store_;
  const Revision start = store.revision();
  const auto x = store.create("pods/a/x", numbered(1));
  (void)store.create("secrets/a/x", numbered(9));
  const auto changed = store.update("pods/a/x", x->revision, numbered(2));
  (void)store.remove("pods/a/x", changed->revision, numbered(3));
  Revision position = start;
  const auto events = store.events_after("pods/", start, 100, position);
  ASSERT_TRUE(events);
  ASSERT_EQ(events->size(), 3u);
  EXPECT_EQ((*events)[0]->previous, nullptr);
  EXPECT_EQ(number_in((*events)[1]->previous), 1);
  EXPECT_TRUE((*events)[2]->removed);
  EXPECT_EQ(number_in((*events)[2]->value), 3);
  EXPECT_EQ(position, store.revision());
  Revision page = start;
  EXPECT_EQ(store.events_after("pods/", start, 1, page)->size(), 1u);
  EXPECT_EQ(page, start + 1);
}

TYPED_TEST_P(StoreContract, CompactedHistoryIsGone) {
  Store& store = *this->store_;
  const auto x = store.create("pods/a/x", numbered(1));
  const auto changed = store.update("pods/a/x", x->revision, numbered(2));
  (void)store.update("pods/a/x", changed->revision, numbered(3));
  ASSERT_TRUE(store.compact(changed->revision));
  Revision position = 0;
  EXPECT_EQ(store.events_after("", x->revision, 10, position).error().code, ErrorCode::kGone);
  EXPECT_EQ(store.list_at("", x->revision).error().code, ErrorCode::kGone);
  EXPECT_EQ(store.events_after("", changed->revision, 10, position)->size(), 1u);
  EXPECT_EQ(number_in(store.list_at("", changed->revision)->entries.at(0).second.value), 2);
  EXPECT_EQ(number_in(store.get("pods/a/x")->value), 3);
}

TYPED_TEST_P(StoreContract, OldHistoryFallsOutOfItsBound) {
  Store& store = *this->store_;
  auto entry = store.create("pods/a/x", numbered(0));
  const Revision first = entry->revision;
  for (std::size_t i = 0; i < 32; ++i) {
    entry = store.update("pods/a/x", entry->revision, numbered(1));
    ASSERT_TRUE(entry);
  }
  Revision position = 0;
  EXPECT_TRUE(store.events_after("", first, 10, position));
  ASSERT_TRUE(store.compact(entry->revision));
  EXPECT_FALSE(store.events_after("", first, 10, position));
}

TYPED_TEST_P(StoreContract, ManyWritersLoseNothing) {
  Store& store = *this->store_;
  (void)store.create("counter", numbered(0));
  constexpr int kThreads = 8;
  constexpr int kEach = 25;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&store, t] {
        for (int i = 0; i < kEach; ++i) {
          (void)store.create(fmt::format("pods/{}/{}", t, i), numbered(i));
          while (true) {
            const auto now = store.get("counter");
            if (store.update("counter", now->revision, numbered(number_in(now->value) + 1))) break;
          }
        }
      });
    }
  }
  EXPECT_EQ(number_in(store.get("counter")->value), kThreads * kEach);
  EXPECT_EQ(store.list("pods/").entries.size(), static_cast<std::size_t>(kThreads * kEach));
}

TYPED_TEST_P(StoreContract, WaitersWakeOnAWriteAndOnStop) {
  Store& store = *this->store_;
  const Revision start = store.revision();
  std::jthread writer([&store] { (void)store.create("pods/a/x", numbered(1)); });
  store.wait(start, std::chrono::seconds(10));
  writer.join();
  EXPECT_GT(store.revision(), start);
  std::jthread stopper([&store] { store.stop_waiting(); });
  const auto begin = std::chrono::steady_clock::now();
  store.wait(store.revision(), std::chrono::seconds(10));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

REGISTER_TYPED_TEST_SUITE_P(StoreContract, OneCounterForAllWrites, PreconditionsDecide,
                            WhatCouldNotBeReadBackIsRefused, ListsAPrefixNowAndThen,
                            EventsComeInOrderWithTheStateBefore, CompactedHistoryIsGone,
                            OldHistoryFallsOutOfItsBound, ManyWritersLoseNothing,
                            WaitersWakeOnAWriteAndOnStop);

}  // namespace firesteel::apiserver::store
