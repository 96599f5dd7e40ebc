// A small client-go program: each check is one thing that controllers written in Go do. It prints "ok NAME" or
// "FAIL NAME: why" for each, and exits 1 when one failed. Arguments are the names of checks; none means all.
// It expects the cluster of KUBECONFIG and the pod `box` (container main) and `web` (port 8080) in its namespace.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/go-logr/logr"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
)

// Cluster is what every check gets.
type Cluster struct {
	config    *rest.Config
	clients   *kubernetes.Clientset
	dynamic   dynamic.Interface
	namespace string
	requests  *recorder
}

// recorder remembers what was asked: some checks are about how, not only whether.
type recorder struct {
	mutex sync.Mutex
	lines []string
}

func (r *recorder) take() string {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	text := strings.Join(r.lines, "\n")
	r.lines = nil
	return text
}

type recording struct {
	inner http.RoundTripper
	to    *recorder
}

func (r recording) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := r.inner.RoundTrip(request)
	status := "-"
	if err == nil {
		status = response.Status
	}
	r.to.mutex.Lock()
	defer r.to.mutex.Unlock()
	r.to.lines = append(r.to.lines, fmt.Sprintf("%s %s %s %s", request.Method, request.URL.RequestURI(), request.Header.Get("Content-Type"), status))
	return response, err
}

func connect() (*Cluster, error) {
	loader := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(clientcmd.NewDefaultClientConfigLoadingRules(), nil)
	config, err := loader.ClientConfig()
	if err != nil {
		return nil, err
	}
	config.QPS, config.Burst = 500, 500
	namespace, _, err := loader.Namespace()
	if err != nil {
		return nil, err
	}
	requests := &recorder{}
	recorded := rest.CopyConfig(config)
	recorded.Wrap(func(inner http.RoundTripper) http.RoundTripper { return recording{inner, requests} })
	clients, err := kubernetes.NewForConfig(recorded)
	if err != nil {
		return nil, err
	}
	dynamicClient, err := dynamic.NewForConfig(recorded)
	if err != nil {
		return nil, err
	}
	return &Cluster{config, clients, dynamicClient, namespace, requests}, nil
}

var checks = map[string]func(context.Context, *Cluster) error{
	"informer":        informer,
	"reflector":       reflector,
	"dynamic":         dynamicClient,
	"mapper":          mapper,
	"election":        election,
	"apply":           apply,
	"protobuf":        protobuf,
	"pages":           pages,
	"token":           token,
	"eviction":        eviction,
	"exec":            exec,
	"exec-spdy":       execSpdy,
	"exec-resize":     execResize,
	"forward":         forward,
	"forward-spdy":    forwardSpdy,
	"forward-missing": forwardMissing,
	"logs":            logs,
}

func main() {
	// What client-go says on its own account would drown the results.
	silence()
	names := os.Args[1:]
	if len(names) == 0 {
		for name := range checks {
			names = append(names, name)
		}
		sort.Strings(names)
	}
	cluster, err := connect()
	if err != nil {
		fmt.Println("FAIL connect:", err)
		os.Exit(1)
	}
	failed := false
	for _, name := range names {
		cluster.requests.take()
		ctx, cancel := context.WithTimeout(context.Background(), 40*time.Second)
		err := checks[name](ctx, cluster)
		cancel()
		if err != nil {
			failed = true
			fmt.Printf("FAIL %s: %v\n", name, err)
			continue
		}
		fmt.Println("ok", name)
	}
	if failed {
		os.Exit(1)
	}
}

func expect(right bool, format string, arguments ...any) error {
	if right {
		return nil
	}
	return fmt.Errorf(format, arguments...)
}

// await asks until it is so: for what comes through informers and watches.
func await(ctx context.Context, what string, condition func() bool) error {
	for !condition() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("waited in vain for %s", what)
		case <-time.After(10 * time.Millisecond):
		}
	}
	return nil
}

func silence() {
	utilruntime.ErrorHandlers = nil
	klog.SetLogger(logr.Discard())
}
