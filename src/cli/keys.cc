#include "cli/keys.h"

#include <fmt/core.h>

#include <filesystem>

#include "apiserver/user.h"
#include "base/fd.h"

namespace firesteel::cli {
namespace {

constexpr std::chrono::days kAuthorityLifetime{3650};
constexpr std::chrono::days kLeafLifetime{365};
constexpr std::chrono::days kRenewBefore{30};

struct Leaf {
  std::string file;
  net::CertificateRequest request;
  net::KeyPair ClusterKeys::* member;
};

std::vector<Leaf> leaves(const std::string& node_name) {
  const std::vector<std::string> loopback = {"127.0.0.1", "::1", "10.96.0.1"};
  net::CertificateRequest serving{
      "kube-apiserver",
      {},
      {"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc",
       "kubernetes.default.svc.cluster.local"},
      loopback,
      kLeafLifetime};
  net::CertificateRequest node{"system:node:" + node_name,
                               {"system:nodes"},
                               {node_name, "localhost"},
                               loopback,
                               kLeafLifetime};
  const auto client = [](std::string name, std::vector<std::string> groups) {
    return net::CertificateRequest{std::move(name), std::move(groups), {}, {}, kLeafLifetime};
  };
  return {
      {"apiserver", std::move(serving), &ClusterKeys::serving},
      {"admin", client("firesteel-admin", {"system:masters"}), &ClusterKeys::administrator},
      {"installer", client(std::string(apiserver::kInstallerUser), {"system:masters"}),
       &ClusterKeys::installer},
      {"controllers", client("system:kube-controller-manager", {}), &ClusterKeys::controllers},
      {"node", std::move(node), &ClusterKeys::node},
      {"kubelet-client", client("kube-apiserver-kubelet-client", {}), &ClusterKeys::kubelet_client},
  };
}

Result<std::optional<net::KeyPair>> read_pair(const std::string& stem) {
  auto certificate = read_file(stem + ".crt");
  auto key = read_file(stem + ".key");
  const auto missing = [](const auto& file) {
    return !file && file.error().code == ErrorCode::kNotFound;
  };
  if (missing(certificate) || missing(key)) return std::nullopt;
  if (!certificate) return std::unexpected(certificate.error());
  if (!key) return std::unexpected(key.error());
  return net::KeyPair{std::move(*certificate), std::move(*key)};
}

Result<void> write_pair(const std::string& stem, const net::KeyPair& pair) {
  TRY(write_file_atomically(stem + ".key", pair.key_pem));
  return write_file_atomically(stem + ".crt", pair.certificate_pem);
}

Result<net::KeyPair> authority(const std::string& folder) {
  const std::string stem = folder + "/ca";
  auto known = TRY(read_pair(stem));
  if (known) {
    TRY(context(net::certificate_expiry(known->certificate_pem),
                stem + ".crt is damaged (move the folder " + folder +
                    " away to have new keys made; the data stays)"));
    return std::move(*known);
  }
  auto made = TRY(net::make_certificate_authority("firesteel", kAuthorityLifetime));
  TRY(write_pair(stem, made));
  return made;
}

Result<net::KeyPair> leaf(const std::string& folder, const net::KeyPair& signer, const Leaf& wanted,
                          TimePoint now) {
  const std::string stem = folder + "/" + wanted.file;
  auto known = TRY(read_pair(stem));
  if (known) {
    const auto expiry = net::certificate_expiry(known->certificate_pem);
    if (expiry && *expiry > now + kRenewBefore) return std::move(*known);
  }
  auto made = TRY(net::issue_certificate(signer, wanted.request));
  TRY(write_pair(stem, made));
  return made;
}

Result<std::string> service_account_key(const std::string& path) {
  auto known = read_file(path);
  if (known) return known;
  if (known.error().code != ErrorCode::kNotFound) return known;
  auto made = TRY(net::make_signing_key_pem());
  TRY(write_file_atomically(path, made));
  return made;
}

}  // namespace

Result<ClusterKeys> load_or_make_keys(const std::string& directory, const std::string& node_name,
                                      TimePoint now) {
  const std::string folder = directory + "/pki";
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(ErrorCode::kIo, fmt::format("create {}: {}", folder, error.message()));
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
  ClusterKeys keys;
  keys.authority = TRY(authority(folder));
  for (const Leaf& wanted : leaves(node_name)) {
    keys.*wanted.member = TRY(leaf(folder, keys.authority, wanted, now));
  }
  keys.service_account_key_pem = TRY(service_account_key(folder + "/service-account.key"));
  return keys;
}

}  // namespace firesteel::cli
