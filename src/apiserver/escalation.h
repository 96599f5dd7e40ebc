#pragma once
// Nobody hands out permissions that they do not hold: who writes a role must hold all its rules (or
// the verb "escalate" on roles), who binds one must hold the role's rules (or the verb "bind" on
// it). Source: Kubernetes, registry/rbac/{role,rolebinding}/policybased and
// component-helpers/auth/rbac/validation Covers.
#include <span>
#include <vector>

#include "apiserver/rbac.h"

namespace firesteel::apiserver {

struct Call;

// The parts of `asked`, broken down to one verb, group and resource (or URL) each, that no rule of
// `held` covers. Pure.
[[nodiscard]] std::vector<PolicyRule> missing_rules(std::span<const PolicyRule> held,
                                                    std::span<const PolicyRule> asked);

// `object` is about to be written by the call's user; `before` is null for a creation. Nothing but
// roles and bindings is looked at, and those only where what they grant changes. Errors:
// kForbidden, naming what is missing; kNotFound for a role that is to be bound and is not there.
[[nodiscard]] Result<void> check_escalation(const Call& call, const json::Value& object,
                                            const json::Value* before);

}  // namespace firesteel::apiserver
