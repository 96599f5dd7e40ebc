package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/httpstream"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/client-go/transport/spdy"
	utilexec "k8s.io/client-go/util/exec"
)

func (c *Cluster) execURL(options *corev1.PodExecOptions) *url.URL {
	return c.clients.CoreV1().RESTClient().Post().Resource("pods").Name("box").Namespace(c.namespace).SubResource("exec").
		VersionedParams(options, scheme.ParameterCodec).URL()
}

// shell runs a script in box by one transport: its output, its error output, its error.
func (c *Cluster) shell(ctx context.Context, transport, script string, input io.Reader) (string, string, error) {
	at := c.execURL(&corev1.PodExecOptions{Container: "main", Command: []string{"sh", "-c", script}, Stdin: input != nil, Stdout: true, Stderr: true})
	var executor remotecommand.Executor
	var err error
	switch transport {
	case "websocket":
		executor, err = remotecommand.NewWebSocketExecutor(c.config, "GET", at.String())
	case "spdy":
		executor, err = remotecommand.NewSPDYExecutor(c.config, "POST", at)
	}
	if err != nil {
		return "", "", err
	}
	var out, errors bytes.Buffer
	err = executor.StreamWithContext(ctx, remotecommand.StreamOptions{Stdin: input, Stdout: &out, Stderr: &errors})
	return out.String(), errors.String(), err
}

func execBy(ctx context.Context, c *Cluster, transport string) error {
	out, errorOutput, err := c.shell(ctx, transport, "echo out; echo err >&2; exit 5", nil)
	var code utilexec.CodeExitError
	if !errors.As(err, &code) || code.Code != 5 || out != "out\n" || errorOutput != "err\n" {
		return fmt.Errorf("exit: %q %q %v", out, errorOutput, err)
	}
	// The end of the input is told (WebSocket v5 closes the channel), so cat ends; and much passes unharmed.
	text := strings.Repeat("0123456789abcde\n", 1<<16)
	out, _, err = c.shell(ctx, transport, "cat; echo end", strings.NewReader(text))
	if err != nil || out != text+"end\n" {
		return fmt.Errorf("cat gave %d bytes of %d: %v", len(out), len(text)+4, err)
	}
	_, _, err = c.shell(ctx, transport, "kill -9 $$", nil)
	if !errors.As(err, &code) || code.Code != 137 {
		return fmt.Errorf("killed: %v", err)
	}
	return nil
}

// exec: by WebSocket, sub-protocol v5.
func exec(ctx context.Context, c *Cluster) error { return execBy(ctx, c, "websocket") }

// execSpdy: by SPDY, as programs with a client-go before 1.30 do.
func execSpdy(ctx context.Context, c *Cluster) error { return execBy(ctx, c, "spdy") }

type sizes struct {
	queue chan remotecommand.TerminalSize
}

func (s sizes) Next() *remotecommand.TerminalSize {
	size, open := <-s.queue
	if !open {
		return nil
	}
	return &size
}

// execResize: a terminal of the size that was sent, then of the next.
func execResize(ctx context.Context, c *Cluster) error {
	at := c.execURL(&corev1.PodExecOptions{Container: "main", Command: []string{"sh", "-c", "read x; stty size; read x; stty size"},
		Stdin: true, Stdout: true, TTY: true})
	executor, err := remotecommand.NewWebSocketExecutor(c.config, "GET", at.String())
	if err != nil {
		return err
	}
	input, keyboard := io.Pipe()
	screen, output := io.Pipe()
	queue := sizes{make(chan remotecommand.TerminalSize)}
	done := make(chan error, 1)
	go func() {
		err := executor.StreamWithContext(ctx, remotecommand.StreamOptions{Stdin: input, Stdout: output, Tty: true, TerminalSizeQueue: queue})
		_ = output.Close()
		done <- err
	}()
	lines := bufio.NewScanner(screen)
	for _, size := range []remotecommand.TerminalSize{{Width: 91, Height: 37}, {Width: 120, Height: 50}} {
		queue.queue <- size
		if _, err := keyboard.Write([]byte("\n")); err != nil {
			return err
		}
		want := fmt.Sprintf("%d %d", size.Height, size.Width)
		seen := ""
		for !strings.Contains(seen, want) {
			if !lines.Scan() {
				return fmt.Errorf("the terminal ended before %q: %q", want, seen)
			}
			seen += lines.Text() + "\n"
		}
	}
	close(queue.queue)
	go func() { _, _ = io.Copy(io.Discard, screen) }()
	return <-done
}

func (c *Cluster) dialer(pod, transport string) (httpstream.Dialer, error) {
	at := c.clients.CoreV1().RESTClient().Post().Resource("pods").Name(pod).Namespace(c.namespace).SubResource("portforward").URL()
	if transport == "tunnel" {
		return portforward.NewSPDYOverWebsocketDialer(at, c.config)
	}
	tripper, upgrader, err := spdy.RoundTripperFor(c.config)
	if err != nil {
		return nil, err
	}
	return spdy.NewDialer(upgrader, &http.Client{Transport: tripper}, "POST", at), nil
}

// forwarded runs `use` with a local port that leads to the pod's.
func (c *Cluster) forwarded(ctx context.Context, transport string, port int, use func(port uint16) error) (string, error) {
	dialer, err := c.dialer("web", transport)
	if err != nil {
		return "", err
	}
	stop, ready := make(chan struct{}), make(chan struct{})
	var told bytes.Buffer
	forwarder, err := portforward.New(dialer, []string{fmt.Sprintf("0:%d", port)}, stop, ready, io.Discard, &told)
	if err != nil {
		return "", err
	}
	done := make(chan error, 1)
	go func() { done <- forwarder.ForwardPorts() }()
	select {
	case <-ready:
	case err := <-done:
		return "", err
	case <-ctx.Done():
		return "", ctx.Err()
	}
	ports, err := forwarder.GetPorts()
	if err != nil {
		return "", err
	}
	err = use(ports[0].Local)
	close(stop)
	<-done
	return told.String(), err
}

// Many connections at once through one session, each of them half-closed by the client before it has read.
func forwardBy(ctx context.Context, c *Cluster, transport string) error {
	_, err := c.forwarded(ctx, transport, 8080, func(port uint16) error {
		const many = 40
		results := make(chan error, many)
		var group sync.WaitGroup
		for i := range many {
			group.Add(1)
			go func() {
				defer group.Done()
				results <- echoed(port, strings.Repeat(fmt.Sprintf("connection %d\n", i), 5000))
			}()
		}
		group.Wait()
		for range many {
			if err := <-results; err != nil {
				return err
			}
		}
		return nil
	})
	return err
}

func echoed(port uint16, text string) error {
	connection, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return err
	}
	defer connection.Close()
	go func() {
		_, _ = io.WriteString(connection, text)
		_ = connection.(*net.TCPConn).CloseWrite()
	}()
	back, err := io.ReadAll(connection)
	if err != nil || string(back) != text {
		return fmt.Errorf("%d of %d bytes came back: %v", len(back), len(text), err)
	}
	return nil
}

func forward(ctx context.Context, c *Cluster) error { return forwardBy(ctx, c, "tunnel") }

func forwardSpdy(ctx context.Context, c *Cluster) error { return forwardBy(ctx, c, "spdy") }

// forwardMissing: to a port that nobody listens on the connection ends, without a byte.
func forwardMissing(ctx context.Context, c *Cluster) error {
	_, err := c.forwarded(ctx, "tunnel", 9, func(port uint16) error {
		connection, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			return err
		}
		defer connection.Close()
		text, _ := io.ReadAll(connection)
		return expect(len(text) == 0, "it answered %q", text)
	})
	return err
}

// logs: followed from the start until the container ends.
func logs(ctx context.Context, c *Cluster) error {
	lines := int64(2)
	stream, err := c.clients.CoreV1().Pods(c.namespace).GetLogs("talker", &corev1.PodLogOptions{Follow: true, Timestamps: true, TailLines: &lines}).Stream(ctx)
	if err != nil {
		return err
	}
	defer stream.Close()
	text, err := io.ReadAll(stream)
	if err != nil {
		return err
	}
	return expect(strings.HasSuffix(string(text), " last\n"), "the log ends with %q", text)
}
