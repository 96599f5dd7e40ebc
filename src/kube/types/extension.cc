#include "kube/types/text.h"

namespace firesteel::kube {

// Source: apiextensions/v1, admissionregistration/v1, authentication/v1, authorization/v1.
const std::string_view kExtensionTypes = R"(
= apiextensions.k8s.io/v1 apiextensions
ResourceScope = string
ConversionStrategyType = string
CustomResourceDefinitionConditionType = string
ConditionStatus = string
FieldValueErrorReason = string
kind CustomResourceDefinition: spec! CustomResourceDefinitionSpec;
  status CustomResourceDefinitionStatus
CustomResourceDefinitionSpec: group! string; names! CustomResourceDefinitionNames;
  scope! ResourceScope; versions! []CustomResourceDefinitionVersion;
  conversion *CustomResourceConversion; preserveUnknownFields bool
CustomResourceDefinitionNames: plural! string; singular string; shortNames []string; kind! string;
  listKind string; categories []string
CustomResourceDefinitionVersion: name! string; served! bool; storage! bool; deprecated bool;
  deprecationWarning *string; schema *CustomResourceValidation;
  subresources *CustomResourceSubresources;
  additionalPrinterColumns []CustomResourceColumnDefinition; selectableFields []SelectableField
SelectableField: jsonPath! string
CustomResourceConversion: strategy! ConversionStrategyType; webhook *WebhookConversion
WebhookConversion: clientConfig *WebhookClientConfig; conversionReviewVersions! []string
WebhookClientConfig: url *string; service *ServiceReference; caBundle bytes
ServiceReference: namespace! string; name! string; path *string; port *int32
CustomResourceValidation: openAPIV3Schema *JSONSchemaProps
CustomResourceSubresources: status *CustomResourceSubresourceStatus;
  scale *CustomResourceSubresourceScale
CustomResourceSubresourceStatus:
CustomResourceSubresourceScale: specReplicasPath! string; statusReplicasPath! string;
  labelSelectorPath *string
CustomResourceColumnDefinition: name! string; type! string; format string; description string;
  priority int32; jsonPath! string
CustomResourceDefinitionStatus: conditions+ []CustomResourceDefinitionCondition(type)-;
  acceptedNames+ CustomResourceDefinitionNames; storedVersions+ []string
CustomResourceDefinitionCondition: type! CustomResourceDefinitionConditionType;
  status! ConditionStatus; lastTransitionTime Time; reason string; message string
JSONSchemaProps: id string; $schema string; $ref *string; description string; type string;
  format string; title string; default *JSON; maximum *float64; exclusiveMaximum bool;
  minimum *float64; exclusiveMinimum bool; maxLength *int64; minLength *int64; pattern string;
  maxItems *int64; minItems *int64; uniqueItems bool; multipleOf *float64; enum []JSON;
  maxProperties *int64; minProperties *int64; required []string; items *JSONSchemaPropsOrArray;
  allOf []JSONSchemaProps; oneOf []JSONSchemaProps; anyOf []JSONSchemaProps;
  not *JSONSchemaProps; properties {}JSONSchemaProps;
  additionalProperties *JSONSchemaPropsOrBool; patternProperties {}JSONSchemaProps;
  dependencies {}JSONSchemaPropsOrStringArray; additionalItems *JSONSchemaPropsOrBool;
  definitions {}JSONSchemaProps; externalDocs *ExternalDocumentation; example *JSON;
  nullable bool; x-kubernetes-preserve-unknown-fields *bool;
  x-kubernetes-embedded-resource bool; x-kubernetes-int-or-string bool;
  x-kubernetes-list-map-keys []string; x-kubernetes-list-type *string;
  x-kubernetes-map-type *string; x-kubernetes-validations []ValidationRule(rule)
JSON = any
JSONSchemaPropsOrArray = ?JSONSchemaProps
JSONSchemaPropsOrBool = ?JSONSchemaProps
JSONSchemaPropsOrStringArray = ?JSONSchemaProps
ExternalDocumentation: description string; url string
ValidationRule: rule! string; message string; messageExpression string;
  reason *FieldValueErrorReason; fieldPath string; optionalOldSelf *bool

= admissionregistration.k8s.io/v1 admissionregistration
FailurePolicyType = string
MatchPolicyType = string
SideEffectClass = string
ReinvocationPolicyType = string
OperationType = string
ScopeType = string
kind MutatingWebhookConfiguration: webhooks []MutatingWebhook(name)
kind ValidatingWebhookConfiguration: webhooks []ValidatingWebhook(name)
MutatingWebhook: name! string; clientConfig! WebhookClientConfig; rules []RuleWithOperations;
  failurePolicy *FailurePolicyType; matchPolicy *MatchPolicyType;
  namespaceSelector *LabelSelector; objectSelector *LabelSelector; sideEffects! *SideEffectClass;
  timeoutSeconds *int32; admissionReviewVersions! []string;
  reinvocationPolicy *ReinvocationPolicyType; matchConditions []MatchCondition(name)
ValidatingWebhook: name! string; clientConfig! WebhookClientConfig; rules []RuleWithOperations;
  failurePolicy *FailurePolicyType; matchPolicy *MatchPolicyType;
  namespaceSelector *LabelSelector; objectSelector *LabelSelector; sideEffects! *SideEffectClass;
  timeoutSeconds *int32; admissionReviewVersions! []string; matchConditions []MatchCondition(name)
MatchCondition: name! string; expression! string
RuleWithOperations: operations []OperationType; apiGroups []string; apiVersions []string;
  resources []string; scope *ScopeType
WebhookClientConfig: url *string; service *ServiceReference; caBundle bytes
ServiceReference: namespace! string; name! string; path *string; port *int32

= authentication.k8s.io/v1 authentication
ExtraValue = []string
kind TokenReview: spec! TokenReviewSpec; status TokenReviewStatus
TokenReviewSpec: token string; audiences []string
TokenReviewStatus: authenticated bool; user UserInfo; audiences []string; error string
UserInfo: username string; uid string; groups []string; extra {}ExtraValue
kind SelfSubjectReview: status SelfSubjectReviewStatus
SelfSubjectReviewStatus: userInfo UserInfo
kind TokenRequest: spec! TokenRequestSpec; status TokenRequestStatus
TokenRequestSpec: audiences! []string; expirationSeconds *int64;
  boundObjectRef+ *BoundObjectReference
BoundObjectReference: kind string; apiVersion string; name string; uid UID
TokenRequestStatus: token! string; expirationTimestamp! Time

= authorization.k8s.io/v1 authorization
ExtraValue = []string
kind SubjectAccessReview: spec! SubjectAccessReviewSpec; status SubjectAccessReviewStatus
kind LocalSubjectAccessReview: spec! SubjectAccessReviewSpec; status SubjectAccessReviewStatus
kind SelfSubjectAccessReview: spec! SelfSubjectAccessReviewSpec; status SubjectAccessReviewStatus
SubjectAccessReviewSpec: resourceAttributes *ResourceAttributes;
  nonResourceAttributes *NonResourceAttributes; user string; groups []string; extra {}ExtraValue;
  uid string
SelfSubjectAccessReviewSpec: resourceAttributes *ResourceAttributes;
  nonResourceAttributes *NonResourceAttributes
SubjectAccessReviewStatus: allowed! bool; denied bool; reason string; evaluationError string
ResourceAttributes: namespace string; verb string; group string; version string; resource string;
  subresource string; name string; fieldSelector *FieldSelectorAttributes;
  labelSelector *LabelSelectorAttributes
FieldSelectorAttributes: rawSelector string; requirements []FieldSelectorRequirement
LabelSelectorAttributes: rawSelector string; requirements []LabelSelectorRequirement
NonResourceAttributes: path string; verb string
kind SelfSubjectRulesReview: spec! SelfSubjectRulesReviewSpec; status SubjectRulesReviewStatus
SelfSubjectRulesReviewSpec: namespace string
SubjectRulesReviewStatus: resourceRules! []ResourceRule; nonResourceRules! []NonResourceRule;
  incomplete! bool; evaluationError string
ResourceRule: verbs! []string; apiGroups []string; resources []string; resourceNames []string
NonResourceRule: verbs! []string; nonResourceURLs []string
)";

}  // namespace firesteel::kube
