#include "net/tls.h"

#include <gtest/gtest.h>

namespace firesteel::net {
namespace {

TEST(Base64, follows_rfc_4648) {
  for (const auto& [plain, coded] :
       std::vector<std::pair<std::string, std::string>>{{"", ""},
                                                        {"f", "Zg=="},
                                                        {"fo", "Zm8="},
                                                        {"foo", "Zm9v"},
                                                        {"foob", "Zm9vYg=="},
                                                        {"\xfb\xff", "+/8="}}) {
    EXPECT_EQ(base64_encode(plain), coded);
    EXPECT_EQ(base64_decode(coded).value(), plain);
    EXPECT_EQ(base64url_decode(base64url_encode(plain)).value(), plain);
  }
  EXPECT_EQ(base64url_encode("\xfb\xff"), "-_8");
  EXPECT_EQ(base64_decode("Zm9v\nYg==\n").value(), "foob");
  for (const char* broken : {"Zg", "Zg=", "Z", "Zm9v=", "Z$==", "Zg==Zg=="})
    EXPECT_FALSE(base64_decode(broken)) << broken;
}

TEST(Digests, are_the_known_ones) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  // RFC 6455, section 1.3.
  EXPECT_EQ(sha1_base64("dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11"),
            "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(Random, uuids_are_of_version_4_and_differ) {
  const std::string uuid = random_uuid();
  ASSERT_EQ(uuid.size(), 36U);
  EXPECT_EQ(uuid[14], '4');
  EXPECT_NE(std::string("89ab").find(uuid[19]), std::string::npos);
  EXPECT_NE(uuid, random_uuid());
}

TEST(Es256, signs_and_verifies_and_notices_changes) {
  const std::string key = make_signing_key_pem().value();
  const std::string signature = sign_es256(key, "payload").value();
  EXPECT_EQ(signature.size(), 64U);
  EXPECT_TRUE(verify_es256(key, "payload", signature));
  EXPECT_FALSE(verify_es256(key, "Payload", signature));
  EXPECT_FALSE(verify_es256(make_signing_key_pem().value(), "payload", signature));
  std::string changed = signature;
  changed[5] = static_cast<char>(changed[5] ^ 1);
  EXPECT_FALSE(verify_es256(key, "payload", changed));
  EXPECT_FALSE(verify_es256("no key", "payload", signature));
  EXPECT_FALSE(sign_es256("no key", "payload"));
}

TEST(Certificates, expire_when_they_say_and_bad_input_is_named) {
  const KeyPair authority = make_certificate_authority("ca", std::chrono::days(10)).value();
  const auto left =
      certificate_expiry(authority.certificate_pem).value() - std::chrono::system_clock::now();
  EXPECT_LE(left, std::chrono::days(10));
  EXPECT_GE(left, std::chrono::days(9));
  EXPECT_EQ(certificate_expiry("nonsense").error().code, ErrorCode::kInvalid);
  CertificateRequest request;
  request.common_name = "x";
  request.ip_addresses = {"300.1.1.1"};
  EXPECT_EQ(issue_certificate(authority, request).error().code, ErrorCode::kInvalid);
  EXPECT_FALSE(TlsServerContext::create({"nonsense", "nonsense"}, ""));
  const KeyPair other = make_certificate_authority("other", std::chrono::days(1)).value();
  EXPECT_FALSE(TlsServerContext::create({authority.certificate_pem, other.key_pem}, ""));
}

}  // namespace
}  // namespace firesteel::net
