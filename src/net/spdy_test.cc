#include "net/spdy.h"

#include <gtest/gtest.h>

namespace firesteel::net::spdy {
namespace {

const HeaderBlock kHeaders = {{"streamtype", "data"}, {"port", "8080"}, {"requestid", "0"}};

// Every byte alone, so that nothing depends on how the bytes come in.
Result<std::vector<Frame>> decode(Decoder& decoder, const std::string& bytes) {
  std::vector<Frame> frames;
  for (const char byte : bytes) {
    decoder.feed({&byte, 1});
    while (true) {
      std::optional<Frame> frame = TRY(decoder.next());
      if (!frame) break;
      frames.push_back(std::move(*frame));
    }
  }
  return frames;
}

TEST(Spdy, frames_are_read_as_they_were_written) {
  Encoder encoder;
  Decoder decoder;
  std::string bytes = encoder.print(SynStream{1, kHeaders, true});
  bytes += encoder.print(SynReply{1, {}, false});
  bytes += encoder.print(SynStream{3, kHeaders, false});  // compressed against the first
  bytes += encoder.print(Data{3, "hello", true});
  bytes += encoder.print(RstStream{3, kCancel});
  bytes += encoder.print(Ping{7});
  bytes += encoder.print(GoAway{3});
  const auto frames = decode(decoder, bytes);
  ASSERT_TRUE(frames.has_value()) << frames.error().message;
  ASSERT_EQ(frames->size(), 7U);
  EXPECT_EQ(std::get<SynStream>((*frames)[0]).headers, kHeaders);
  EXPECT_TRUE(std::get<SynStream>((*frames)[0]).last);
  EXPECT_EQ(std::get<SynReply>((*frames)[1]).stream, 1U);
  EXPECT_EQ(header(std::get<SynStream>((*frames)[2]).headers, "port"), "8080");
  EXPECT_EQ(std::get<Data>((*frames)[3]).payload, "hello");
  EXPECT_EQ(std::get<RstStream>((*frames)[4]).status, kCancel);
  EXPECT_EQ(std::get<Ping>((*frames)[5]).id, 7U);
  EXPECT_EQ(std::get<GoAway>((*frames)[6]).last_stream, 3U);
}

TEST(Spdy, the_dictionary_is_the_one_of_the_specification) {
  // A zlib stream with a preset dictionary carries the dictionary's checksum in bytes 2 to 5.
  Encoder encoder;
  const std::string bytes = encoder.print(SynStream{1, kHeaders, false});
  EXPECT_EQ(bytes.substr(8 + 10 + 2, 4), "\xe3\xc6\xa7\xc2");
}

TEST(Spdy, broken_frames_are_refused) {
  const struct {
    std::string bytes;
    ErrorCode code;
  } cases[] = {
      {std::string("\x80\x02\x00\x01\x00\x00\x00\x00", 8), ErrorCode::kBadRequest},  // version 2
      {std::string("\x80\x03\x00\x01\x00\x00\x00\x02zz", 10), ErrorCode::kBadRequest},
      {std::string("\x80\x03\x00\x02\x00\x00\x00\x08\0\0\0\1zzzz", 16), ErrorCode::kBadRequest},
      {std::string("\x00\x00\x00\x01\x00\x20\x00\x00", 8), ErrorCode::kTooLarge},
  };
  for (const auto& [bytes, code] : cases) {
    Decoder decoder;
    const auto frames = decode(decoder, bytes);
    ASSERT_FALSE(frames.has_value());
    EXPECT_EQ(frames.error().code, code) << frames.error().message;
  }
}

}  // namespace
}  // namespace firesteel::net::spdy
