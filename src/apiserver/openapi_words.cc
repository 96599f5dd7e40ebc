#include "apiserver/openapi_words.h"

namespace firesteel::apiserver {
namespace {

struct Words {
  std::string_view type;
  std::string_view field;
  std::string_view words;
};

constexpr Words kWords[] = {
    {"", "apiVersion", "The version of the API that this object is written in."},
    {"", "kind", "What this object is: the kind that the API serves it as."},
    {"", "metadata", "Name, labels and what else every object has."},
    {"", "spec", "The desired state."},
    {"", "status", "The observed state; written by controllers only."},
    {"ObjectMeta", "name", "Unique within a namespace; cannot be changed."},
    {"ObjectMeta", "generateName", "Prefix of a name that the server makes unique."},
    {"ObjectMeta", "namespace", "The space within which the name is unique."},
    {"ObjectMeta", "labels", "Map of keys and values to organize and select objects by."},
    {"ObjectMeta", "annotations", "Unstructured map that tools keep with the object."},
    {"ObjectMeta", "uid", "Unique in time and space; set by the server."},
    {"ObjectMeta", "resourceVersion", "Opaque version of the object for watches and conflicts."},
    {"ObjectMeta", "generation", "Counts the changes of the desired state."},
    {"ObjectMeta", "creationTimestamp", "When the object was created."},
    {"ObjectMeta", "deletionTimestamp", "When the object will be deleted."},
    {"ObjectMeta", "deletionGracePeriodSeconds", "Seconds to end gracefully before removal."},
    {"ObjectMeta", "finalizers", "Must be empty before the object is removed."},
    {"ObjectMeta", "ownerReferences", "Objects that this one depends on."},
    {"ObjectMeta", "managedFields", "Which manager owns which fields (server-side apply)."},
    {"OwnerReference", "controller", "Whether the owner is the managing controller."},
    {"OwnerReference", "blockOwnerDeletion",
     "Whether the owner's foreground deletion waits for this object."},
    {"PodSpec", "containers", "The containers of the pod, all started together."},
    {"PodSpec", "initContainers", "Run one after the other before the containers start."},
    {"PodSpec", "restartPolicy",
     "Always, OnFailure or Never: when an ended container is restarted."},
    {"PodSpec", "serviceAccountName", "The service account that the pod acts as."},
    {"PodSpec", "nodeName", "The node that the pod is bound to."},
    {"PodSpec", "nodeSelector", "Labels that the node must have."},
    {"PodSpec", "tolerations", "Taints of nodes that do not keep the pod away."},
    {"PodSpec", "volumes", "What containers can mount."},
    {"PodSpec", "terminationGracePeriodSeconds", "Between the request to end and the kill."},
    {"Container", "name", "Unique within the pod."},
    {"Container", "image", "The image to run."},
    {"Container", "command", "What to run instead of the image's entry point."},
    {"Container", "args", "Arguments of the command, or of the image's entry point."},
    {"Container", "env", "Environment variables."},
    {"Container", "ports", "Ports that the container listens on; for information."},
    {"Container", "resources", "What the container asks for and may not exceed."},
    {"Container", "volumeMounts", "Where which volume is mounted."},
    {"Container", "livenessProbe", "Restarts the container when it fails."},
    {"Container", "readinessProbe", "Takes the pod out of its Services while it fails."},
    {"ResourceRequirements", "limits", "The most that the container may use."},
    {"ResourceRequirements", "requests", "What the scheduler keeps free for the container."},
    {"DeploymentSpec", "replicas", "How many pods there should be; 1 when not given."},
    {"DeploymentSpec", "selector", "Which pods are this Deployment's; cannot be changed."},
    {"DeploymentSpec", "template", "The pods to be made."},
    {"ServiceSpec", "selector", "Labels of the pods that the Service leads to."},
    {"ServiceSpec", "ports", "The ports that the Service listens on."},
    {"ServiceSpec", "type", "ClusterIP, NodePort, LoadBalancer or ExternalName."},
    {"ServiceSpec", "clusterIP", "The Service's address; \"None\" for a headless one."},
};

}  // namespace

std::string_view field_words(std::string_view type, std::string_view field) {
  for (const Words& each : kWords) {
    if (each.field == field && (each.type.empty() || each.type == type)) return each.words;
  }
  return {};
}

}  // namespace firesteel::apiserver
