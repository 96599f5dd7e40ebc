package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	corev1apply "k8s.io/client-go/applyconfigurations/core/v1"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
)

var applications = schema.GroupVersionResource{Group: "sparkoperator.k8s.io", Version: "v1beta2", Resource: "sparkapplications"}

func application(name string) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "sparkoperator.k8s.io/v1beta2", "kind": "SparkApplication", "metadata": map[string]any{"name": name},
		"spec": map[string]any{"type": "Scala", "mode": "cluster", "suspend": true, "image": "apache/spark:v3.5.0", "mainClass": "a.B",
			"mainApplicationFile": "local:///a.jar", "sparkVersion": "3.5.0", "driver": map[string]any{}, "executor": map[string]any{}}}}
}

// dynamicClient: a custom kind through the dynamic client, every verb.
func dynamicClient(ctx context.Context, c *Cluster) error {
	of := c.dynamic.Resource(applications).Namespace(c.namespace)
	made, err := of.Create(ctx, application("dynamic"), metav1.CreateOptions{})
	if err != nil {
		return err
	}
	stream, err := of.Watch(ctx, metav1.ListOptions{FieldSelector: "metadata.name=dynamic", ResourceVersion: made.GetResourceVersion()})
	if err != nil {
		return err
	}
	defer stream.Stop()
	if _, err := of.Patch(ctx, "dynamic", types.MergePatchType, []byte(`{"metadata":{"labels":{"a":"b"}}}`), metav1.PatchOptions{}); err != nil {
		return err
	}
	applied := application("dynamic")
	applied.SetAnnotations(map[string]string{"applied": "yes"})
	if _, err := of.Apply(ctx, "dynamic", applied, metav1.ApplyOptions{FieldManager: "go", Force: true}); err != nil {
		return err
	}
	stale := made.DeepCopy()
	if _, err := of.Update(ctx, stale, metav1.UpdateOptions{}); !apierrors.IsConflict(err) {
		return fmt.Errorf("an update of a stale object: %v", err)
	}
	list, err := of.List(ctx, metav1.ListOptions{LabelSelector: "a=b"})
	if err != nil || len(list.Items) != 1 || list.Items[0].GetAnnotations()["applied"] != "yes" {
		return fmt.Errorf("listed %v: %v", list, err)
	}
	background := metav1.DeletePropagationBackground
	if err := of.Delete(ctx, "dynamic", metav1.DeleteOptions{PropagationPolicy: &background}); err != nil {
		return err
	}
	for seen := ""; ; {
		select {
		case event, open := <-stream.ResultChan():
			if !open {
				return fmt.Errorf("the watch ended after %s", seen)
			}
			seen += string(event.Type) + " "
			if event.Type == "DELETED" {
				return expect(strings.HasPrefix(seen, "MODIFIED MODIFIED "), "the watch told %s", seen)
			}
		case <-ctx.Done():
			return fmt.Errorf("the watch told only %s", seen)
		}
	}
}

// mapper: discovery finds every kind by its names, as kubectl and controller-runtime look them up.
func mapper(_ context.Context, c *Cluster) error {
	cached := memory.NewMemCacheClient(c.clients.Discovery())
	mapper := restmapper.NewShortcutExpander(restmapper.NewDeferredDiscoveryRESTMapper(cached), cached, nil)
	for name, kind := range map[string]string{"sparkapp": "SparkApplication", "po": "Pod", "deploy": "Deployment", "hpa": "HorizontalPodAutoscaler",
		"leases": "Lease", "crd": "CustomResourceDefinition"} {
		found, err := mapper.KindFor(schema.GroupVersionResource{Resource: name})
		if err != nil || found.Kind != kind {
			return fmt.Errorf("%s is %v: %v", name, found, err)
		}
	}
	mapping, err := mapper.RESTMapping(schema.GroupKind{Group: "sparkoperator.k8s.io", Kind: "SparkApplication"})
	if err != nil || mapping.Resource != applications || mapping.Scope.Name() != "namespace" {
		return fmt.Errorf("the mapping is %v: %v", mapping, err)
	}
	_, lists, err := c.clients.Discovery().ServerGroupsAndResources()
	if err != nil {
		return err
	}
	return expect(len(lists) > 10, "only %d group versions", len(lists))
}

// apply: two managers, a conflict that names the other, and force.
func apply(ctx context.Context, c *Cluster) error {
	maps := c.clients.CoreV1().ConfigMaps(c.namespace)
	defer func() { _ = maps.Delete(context.Background(), "applied", metav1.DeleteOptions{}) }()
	with := func(data map[string]string) *corev1apply.ConfigMapApplyConfiguration {
		return corev1apply.ConfigMap("applied", c.namespace).WithData(data)
	}
	if _, err := maps.Apply(ctx, with(map[string]string{"a": "1", "b": "1"}), metav1.ApplyOptions{FieldManager: "one"}); err != nil {
		return err
	}
	_, err := maps.Apply(ctx, with(map[string]string{"a": "2"}), metav1.ApplyOptions{FieldManager: "two"})
	if !apierrors.IsConflict(err) || !strings.Contains(err.Error(), `conflict with "one": .data.a`) {
		return fmt.Errorf("expected a conflict with one: %v", err)
	}
	if _, err := maps.Apply(ctx, with(map[string]string{"a": "2"}), metav1.ApplyOptions{FieldManager: "two", Force: true}); err != nil {
		return err
	}
	// What a manager no longer names and nobody else owns goes.
	made, err := maps.Apply(ctx, with(map[string]string{"c": "1"}), metav1.ApplyOptions{FieldManager: "one"})
	if err != nil {
		return err
	}
	if err := expect(fmt.Sprint(made.Data) == "map[a:2 c:1]", "data is %v", made.Data); err != nil {
		return err
	}
	owned, err := corev1apply.ExtractConfigMap(made, "two")
	if err != nil {
		return err
	}
	return expect(fmt.Sprint(owned.Data) == "map[a:2]", "two owns %v", owned.Data)
}

// protobuf: the body type that controller-runtime and kubectl use for built-in kinds; answers may be JSON.
func protobuf(ctx context.Context, c *Cluster) error {
	config := rest.CopyConfig(c.config)
	config.ContentType, config.AcceptContentTypes = "application/vnd.kubernetes.protobuf", "application/vnd.kubernetes.protobuf,application/json"
	clients, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	labels := map[string]string{"app": "protobuf"}
	meta := metav1.ObjectMeta{Name: "protobuf", Labels: labels}
	none, one := int32(0), int32(1)
	template := corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: corev1.PodSpec{RestartPolicy: corev1.RestartPolicyNever,
		Containers: []corev1.Container{{Name: "main", Image: "firesteel", Command: []string{"true"}}}}}
	suspended := true
	always := template
	always.Spec.RestartPolicy = corev1.RestartPolicyAlways
	options := metav1.CreateOptions{}
	for kind, create := range map[string]func() error{
		"Deployment": func() error {
			made, err := clients.AppsV1().Deployments(c.namespace).Create(ctx, &appsv1.Deployment{ObjectMeta: meta,
				Spec: appsv1.DeploymentSpec{Replicas: &none, Selector: &metav1.LabelSelector{MatchLabels: labels}, Template: always}}, options)
			if err == nil && *made.Spec.Replicas != 0 {
				err = fmt.Errorf("replicas are %d", *made.Spec.Replicas)
			}
			return err
		},
		"Job": func() error {
			_, err := clients.BatchV1().Jobs(c.namespace).Create(ctx, &batchv1.Job{ObjectMeta: meta, Spec: batchv1.JobSpec{Suspend: &suspended, Template: template}}, options)
			return err
		},
		"HorizontalPodAutoscaler": func() error {
			_, err := clients.AutoscalingV2().HorizontalPodAutoscalers(c.namespace).Create(ctx, &autoscalingv2.HorizontalPodAutoscaler{ObjectMeta: meta,
				Spec: autoscalingv2.HorizontalPodAutoscalerSpec{MinReplicas: &one, MaxReplicas: 3,
					ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{Kind: "Deployment", Name: "protobuf", APIVersion: "apps/v1"}}}, options)
			return err
		},
		"Role": func() error {
			_, err := clients.RbacV1().Roles(c.namespace).Create(ctx, &rbacv1.Role{ObjectMeta: meta,
				Rules: []rbacv1.PolicyRule{{Verbs: []string{"get"}, APIGroups: []string{""}, Resources: []string{"pods"}}}}, options)
			return err
		},
		"Secret": func() error {
			made, err := clients.CoreV1().Secrets(c.namespace).Create(ctx, &corev1.Secret{ObjectMeta: meta, Data: map[string][]byte{"a": {0, 255}}}, options)
			if err == nil && string(made.Data["a"]) != "\x00\xff" {
				err = fmt.Errorf("data is %v", made.Data)
			}
			return err
		},
	} {
		if err := create(); err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
	}
	defer func() {
		ctx := context.Background()
		_ = clients.AppsV1().Deployments(c.namespace).Delete(ctx, "protobuf", metav1.DeleteOptions{})
		_ = clients.BatchV1().Jobs(c.namespace).Delete(ctx, "protobuf", metav1.DeleteOptions{})
		_ = clients.AutoscalingV2().HorizontalPodAutoscalers(c.namespace).Delete(ctx, "protobuf", metav1.DeleteOptions{})
		_ = clients.RbacV1().Roles(c.namespace).Delete(ctx, "protobuf", metav1.DeleteOptions{})
		_ = clients.CoreV1().Secrets(c.namespace).Delete(ctx, "protobuf", metav1.DeleteOptions{})
	}()
	found, err := clients.AppsV1().Deployments(c.namespace).List(ctx, metav1.ListOptions{LabelSelector: "app=protobuf"})
	if err != nil {
		return err
	}
	return expect(len(found.Items) == 1, "listed %d deployments", len(found.Items))
}

// token: a requested token lets its service account in until its binding is gone.
func token(ctx context.Context, c *Cluster) error {
	account := "default"
	lifetime := int64(600)
	pod, err := c.clients.CoreV1().Pods(c.namespace).Get(ctx, "box", metav1.GetOptions{})
	if err != nil {
		return err
	}
	made, err := c.clients.CoreV1().ServiceAccounts(c.namespace).CreateToken(ctx, account, &authenticationv1.TokenRequest{
		Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: &lifetime,
			BoundObjectRef: &authenticationv1.BoundObjectReference{Kind: "Pod", APIVersion: "v1", Name: "box", UID: pod.UID}}}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	left := time.Until(made.Status.ExpirationTimestamp.Time)
	if left < 9*time.Minute || left > 10*time.Minute {
		return fmt.Errorf("it lives %v", left)
	}
	config := rest.AnonymousClientConfig(c.config)
	config.BearerToken = made.Status.Token
	its, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	self, err := its.AuthenticationV1().SelfSubjectReviews().Create(ctx, &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	who := self.Status.UserInfo
	if who.Username != "system:serviceaccount:"+c.namespace+":default" || who.Extra["authentication.kubernetes.io/pod-name"][0] != "box" ||
		who.Extra["authentication.kubernetes.io/node-name"][0] != pod.Spec.NodeName {
		return fmt.Errorf("the token is of %+v", who)
	}
	_, err = its.CoreV1().Secrets(c.namespace).List(ctx, metav1.ListOptions{})
	return expect(apierrors.IsForbidden(err), "secrets: %v", err)
}

// eviction: by policy/v1, refused with 429 while a budget forbids it.
func eviction(ctx context.Context, c *Cluster) error {
	pods := c.clients.CoreV1().Pods(c.namespace)
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "evicted", Labels: map[string]string{"app": "evicted"}}, Spec: corev1.PodSpec{
		Containers: []corev1.Container{{Name: "main", Image: "firesteel", Command: []string{"sleep", "100"}}}}}
	zero := int64(0)
	pod.Spec.TerminationGracePeriodSeconds = &zero
	if _, err := pods.Create(ctx, pod, metav1.CreateOptions{}); err != nil {
		return err
	}
	err := c.clients.PolicyV1().Evictions(c.namespace).Evict(ctx, &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: "evicted", Namespace: c.namespace}})
	if err != nil {
		return err
	}
	return await(ctx, "the pod to be gone", func() bool {
		_, err := pods.Get(ctx, "evicted", metav1.GetOptions{})
		return apierrors.IsNotFound(err)
	})
}
