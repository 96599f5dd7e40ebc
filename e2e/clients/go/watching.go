package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

const watched = "watched"

// kept is how many changes the server remembers (kHistoryEvents).
const kept = 8192

func configMap(name string, data map[string]string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"test": watched}}, Data: data}
}

func clean(ctx context.Context, c *Cluster) {
	_ = c.clients.CoreV1().ConfigMaps(c.namespace).DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: "test=" + watched})
}

// informer: a shared informer sees what is there, then each change once, with WatchList or without it
// (KUBE_FEATURE_WatchListClient).
func informer(ctx context.Context, c *Cluster) error {
	defer clean(context.Background(), c)
	maps := c.clients.CoreV1().ConfigMaps(c.namespace)
	for i := range 20 {
		if _, err := maps.Create(ctx, configMap(fmt.Sprintf("watched-%d", i), nil), metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	c.requests.take()
	factory := informers.NewSharedInformerFactoryWithOptions(c.clients, 0, informers.WithNamespace(c.namespace),
		informers.WithTweakListOptions(func(o *metav1.ListOptions) { o.LabelSelector = "test=" + watched }))
	var added, updated, deleted atomic.Int32
	shared := factory.Core().V1().ConfigMaps()
	if _, err := shared.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: func(any) { added.Add(1) }, UpdateFunc: func(any, any) { updated.Add(1) }, DeleteFunc: func(any) { deleted.Add(1) },
	}); err != nil {
		return err
	}
	factory.Start(ctx.Done())
	for kind, synced := range factory.WaitForCacheSync(ctx.Done()) {
		if !synced {
			return fmt.Errorf("%v was not synced; asked:\n%s", kind, c.requests.take())
		}
	}
	asked := c.requests.take()
	streamed := strings.Contains(asked, "sendInitialEvents=true")
	listed := strings.Contains(asked, "GET /api/v1/namespaces/"+c.namespace+"/configmaps?labelSelector=test%3Dwatched&limit=500")
	on := os.Getenv("KUBE_FEATURE_WatchListClient") == "true"
	if err := expect(streamed == on && listed != on, "WatchListClient=%v but asked:\n%s", on, asked); err != nil {
		return err
	}
	found, err := shared.Lister().ConfigMaps(c.namespace).List(labels.Everything())
	if err != nil || len(found) != 20 {
		return fmt.Errorf("the lister has %d of 20: %v", len(found), err)
	}
	if _, err := maps.Update(ctx, configMap("watched-3", map[string]string{"a": "b"}), metav1.UpdateOptions{}); err != nil {
		return err
	}
	if err := maps.Delete(ctx, "watched-4", metav1.DeleteOptions{}); err != nil {
		return err
	}
	return await(ctx, "20 additions, one update, one deletion",
		func() bool { return added.Load() == 20 && updated.Load() == 1 && deleted.Load() == 1 })
}

// reflector: told that its place in history is gone (410), it lists again and goes on.
func reflector(ctx context.Context, c *Cluster) error {
	defer clean(context.Background(), c)
	maps := c.clients.CoreV1().ConfigMaps(c.namespace)
	options := metav1.ListOptions{LabelSelector: "test=" + watched}
	var lists, gone atomic.Int32
	source := &cache.ListWatch{
		ListFunc: func(o metav1.ListOptions) (runtime.Object, error) {
			lists.Add(1)
			o.LabelSelector = options.LabelSelector
			return maps.List(ctx, o)
		},
		WatchFunc: func(o metav1.ListOptions) (watch.Interface, error) {
			o.LabelSelector = options.LabelSelector
			if lists.Load() == 1 {
				// A version that never was this cluster's: what a client has after its cluster was rebuilt.
				o.ResourceVersion = "1"
			}
			stream, err := maps.Watch(ctx, o)
			if apierrors.IsResourceExpired(err) || apierrors.IsGone(err) {
				gone.Add(1)
			}
			if err != nil || lists.Load() > 1 {
				return stream, err
			}
			return watch.Filter(stream, func(e watch.Event) (watch.Event, bool) {
				if e.Type == watch.Error && apierrors.IsResourceExpired(apierrors.FromObject(e.Object)) {
					gone.Add(1)
				}
				return e, true
			}), nil
		},
	}
	// Enough history that version 1 is no longer part of it.
	if err := overrun(ctx, c); err != nil {
		return err
	}
	store := cache.NewStore(cache.MetaNamespaceKeyFunc)
	running := cache.NewReflectorWithOptions(source, &corev1.ConfigMap{}, store, cache.ReflectorOptions{})
	go running.Run(ctx.Done())
	if err := await(ctx, "a second list after 410", func() bool { return lists.Load() >= 2 }); err != nil {
		return fmt.Errorf("%w: %d lists, %d times gone", err, lists.Load(), gone.Load())
	}
	if _, err := maps.Create(ctx, configMap("watched-after", nil), metav1.CreateOptions{}); err != nil {
		return err
	}
	if err := await(ctx, "the object made after it", func() bool { return len(store.List()) == 1 }); err != nil {
		return err
	}
	return expect(gone.Load() > 0, "listed %d times, but never was told 410", lists.Load())
}

// overrun makes more changes than the server keeps for watchers to come back to.
func overrun(ctx context.Context, c *Cluster) error {
	maps := c.clients.CoreV1().ConfigMaps(c.namespace)
	if _, err := maps.Create(ctx, configMap("watched-history", nil), metav1.CreateOptions{}); err != nil {
		return err
	}
	defer func() { _ = maps.Delete(context.Background(), "watched-history", metav1.DeleteOptions{}) }()
	errs := make(chan error, 16)
	for worker := range cap(errs) {
		go func() {
			for i := range kept/cap(errs) + 1 {
				patch := fmt.Appendf(nil, `{"data":{"%d":"%d"}}`, worker, i)
				if _, err := maps.Patch(ctx, "watched-history", types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
					errs <- err
					return
				}
			}
			errs <- nil
		}()
	}
	for range cap(errs) {
		if err := <-errs; err != nil {
			return err
		}
	}
	return nil
}

// election: of two candidates for a Lease one leads; when it steps down the other does.
func election(ctx context.Context, c *Cluster) error {
	defer func() {
		_ = c.clients.CoordinationV1().Leases(c.namespace).Delete(context.Background(), "election", metav1.DeleteOptions{})
	}()
	var leads [2]atomic.Bool
	var stops [2]context.CancelFunc
	start := func(i int) {
		var own context.Context
		own, stops[i] = context.WithCancel(ctx)
		go leaderelection.RunOrDie(own, leaderelection.LeaderElectionConfig{
			Lock: &resourcelock.LeaseLock{LeaseMeta: metav1.ObjectMeta{Name: "election", Namespace: c.namespace},
				Client: c.clients.CoordinationV1(), LockConfig: resourcelock.ResourceLockConfig{Identity: fmt.Sprint("candidate-", i)}},
			LeaseDuration: 10 * time.Second, RenewDeadline: 5 * time.Second, RetryPeriod: 200 * time.Millisecond, ReleaseOnCancel: true,
			Callbacks: leaderelection.LeaderCallbacks{
				OnStartedLeading: func(context.Context) { leads[i].Store(true) }, OnStoppedLeading: func() { leads[i].Store(false) }},
		})
	}
	start(0)
	if err := await(ctx, "the first to lead", leads[0].Load); err != nil {
		return err
	}
	start(1)
	lease, err := c.clients.CoordinationV1().Leases(c.namespace).Get(ctx, "election", metav1.GetOptions{})
	if err != nil || *lease.Spec.HolderIdentity != "candidate-0" || leads[1].Load() {
		return fmt.Errorf("the lease is held by %v, the second leads: %v, %v", lease.Spec.HolderIdentity, leads[1].Load(), err)
	}
	stops[0]()
	if err := await(ctx, "the second to lead", func() bool { return leads[1].Load() && !leads[0].Load() }); err != nil {
		return err
	}
	stops[1]()
	return await(ctx, "the second to step down", func() bool { return !leads[1].Load() })
}

// pages: a list in pieces is of one moment, and its token ends when the server says so.
func pages(ctx context.Context, c *Cluster) error {
	defer clean(context.Background(), c)
	maps := c.clients.CoreV1().ConfigMaps(c.namespace)
	for i := range 9 {
		if _, err := maps.Create(ctx, configMap(fmt.Sprintf("watched-page-%d", i), nil), metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	first, err := maps.List(ctx, metav1.ListOptions{LabelSelector: "test=" + watched, Limit: 4})
	if err != nil {
		return err
	}
	if err := maps.Delete(ctx, "watched-page-8", metav1.DeleteOptions{}); err != nil {
		return err
	}
	count := len(first.Items)
	for token := first.Continue; token != ""; {
		next, err := maps.List(ctx, metav1.ListOptions{LabelSelector: "test=" + watched, Limit: 4, Continue: token})
		if err != nil {
			return err
		}
		if next.ResourceVersion != first.ResourceVersion {
			return fmt.Errorf("pages of versions %s and %s", first.ResourceVersion, next.ResourceVersion)
		}
		count += len(next.Items)
		token = next.Continue
	}
	return expect(count == 9, "%d objects in the pages of 9", count)
}
