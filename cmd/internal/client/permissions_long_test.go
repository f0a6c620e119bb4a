//go:build long

package client_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"campaignledger/cmd/internal/certtest"
	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/keys"
	"campaignledger/cmd/internal/natstest"
	"campaignledger/events"
)

// readmeBlock is a block of README of this kind.
func readmeBlock(t *testing.T, kind string) string {
	t.Helper()
	readme, err := os.ReadFile("../../../README.md")
	must(t, err)
	block := regexp.MustCompile("(?s)```" + kind + "\n(.*?)```").FindSubmatch(readme)
	if block == nil {
		t.Fatalf("README has no block %q", kind)
	}
	return string(block[1])
}

// TestReadmeNode: the server takes README's configuration of a node as it stands there.
func TestReadmeNode(t *testing.T) {
	t.Setenv("CAMPAIGN_PASSWORD", "c")
	t.Setenv("ADMIN_PASSWORD", "a")
	dir := t.TempDir()
	certificate, _, err := certtest.Write(dir)
	must(t, err)
	content, err := os.ReadFile(certificate)
	must(t, err)
	for name, text := range map[string]string{"ca.pem": string(content), "n1.conf": readmeBlock(t, "nats node"), "permissions.conf": readmeBlock(t, "nats permissions")} {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	binary, err := natstest.Build()
	must(t, err)
	check := exec.Command(binary, "-c", "n1.conf", "-t")
	check.Dir = dir
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// TestPermissions: with README's permissions the program does everything, and nothing that would shorten or change a log.
func TestPermissions(t *testing.T) {
	t.Setenv("CAMPAIGN_PASSWORD", "secret-c")
	t.Setenv("ADMIN_PASSWORD", "secret-a")
	cluster := natstest.Start(t, natstest.Config{More: strings.ReplaceAll(readmeBlock(t, "nats permissions"), "my-campaign", "signed"),
		Client: []nats.Option{nats.UserInfo("admin", "secret-a")}})
	urls := strings.ReplaceAll(cluster.URLs(), "nats://", "nats://campaign:secret-c@")
	dir := t.TempDir()
	args := []string{"--nats", urls, "--replicas", "3", "--keep-events", "--nats-service"}
	p := serveProcess(t, dir, args...)
	p.open()
	_, err := p.client.Append(t.Context(), "small", draft("a", "x", events.NewID().String()))
	must(t, err)
	_, err = p.client.Import(t.Context(), "small", url.Values{"name": {"x.csv"}}, table(2500), func(int, int) {})
	must(t, err)
	useFiles(t, cluster, p.client)
	useDerived(t, cluster)
	expectCheckpoint(t, p.client)
	expectDenied(t, cluster)
	p.kill()
	if strings.Contains(p.log.String(), "ermissions Violation") {
		t.Errorf("the server was denied something:\n%s", p.log)
	}
	p = serveProcess(t, dir, args...) // what is there is opened, not made
	if sum := p.summary(); sum.Seq != 2+1+2500 {
		t.Errorf("%d events after a restart", sum.Seq)
	}
	if strings.Contains(p.log.String(), "ermissions Violation") {
		t.Errorf("the server was denied something:\n%s", p.log)
	}
}

// useFiles puts evidence, damages and repairs it, and puts and erases a detached text.
func useFiles(t *testing.T, cluster *natstest.Cluster, c *client.Client) {
	t.Helper()
	ctx := t.Context()
	key, err := keys.New(keys.Member, "", rand.Reader)
	must(t, err)
	r, err := events.ParseRegulation("r.yaml", fmt.Appendf(nil, signedRegulation, key.Public))
	must(t, err)
	_, err = c.OpenSigned(ctx, r, "r.yaml", strings.Repeat("0", 64), "en", key, nil)
	must(t, err)
	member := *c
	s, err := member.SignerOf(ctx, "signed", key)
	must(t, err)
	_, err = member.AppendSigned(ctx, "signed", s, false, []events.Draft{{Subject: "a", Payload: &events.UnitJoined{}}})
	must(t, err)
	must(t, member.Login(ctx, "signed", s))
	content := bytes.Repeat([]byte("a report\n"), 40_000)
	f, err := member.PutEvidence(ctx, "signed", "report.txt", content, io.Discard)
	must(t, err)
	damage(t, cluster, f.SHA256)
	if _, err := member.GetEvidence(ctx, "signed", f.SHA256, io.Discard); err == nil {
		t.Error("damaged evidence is given out")
	}
	_, err = member.PutEvidence(ctx, "signed", "report.txt", content, io.Discard)
	must(t, err)
	if got, err := member.GetEvidence(ctx, "signed", f.SHA256, io.Discard); err != nil || !bytes.Equal(got, content) {
		t.Errorf("repaired evidence: %d bytes, %v", len(got), err)
	}
	hash, err := member.PutDetached(ctx, "signed", "an illness")
	must(t, err)
	must(t, member.EraseDetached(ctx, "signed", hash))
	var gone *client.Error
	if _, err := member.GetDetached(ctx, "signed", hash); !errors.As(err, &gone) || gone.Code != "erased" {
		t.Errorf("an erased text: %v", err)
	}
}

// damage removes a part of a stored file, as the operator could.
func damage(t *testing.T, cluster *natstest.Cluster, sha256 string) {
	t.Helper()
	js := cluster.JetStream()
	bucket, err := js.ObjectStore(t.Context(), "EVIDENCE_signed")
	must(t, err)
	info, err := bucket.GetInfo(t.Context(), sha256)
	must(t, err)
	stream, err := js.Stream(t.Context(), "OBJ_EVIDENCE_signed")
	must(t, err)
	part, err := stream.GetLastMsgForSubject(t.Context(), "$O.EVIDENCE_signed.C."+info.NUID)
	must(t, err)
	must(t, stream.DeleteMsg(t.Context(), part.Sequence))
}

// useDerived reads what is derived, and asks the service.
func useDerived(t *testing.T, cluster *natstest.Cluster) {
	t.Helper()
	nc := cluster.Connect()
	js, err := jetstream.New(nc)
	must(t, err)
	waitFor(t, "the kept events", func() error {
		kept, err := js.Stream(t.Context(), "EVENTS_small")
		if err != nil {
			return err
		}
		info, err := kept.Info(t.Context())
		if err == nil && info.State.LastSeq != 2503 {
			err = fmt.Errorf("%d are kept", info.State.LastSeq)
		}
		return err
	})
	waitFor(t, "the ranking", func() error {
		bucket, err := js.KeyValue(t.Context(), "RANKINGS")
		if err != nil {
			return err
		}
		entry, err := bucket.Get(t.Context(), "small.c")
		if err == nil && !strings.Contains(string(entry.Value()), `"seq":2503`) {
			err = errors.New("it is an old one")
		}
		return err
	})
	const patience = 10 * time.Second
	for subject, body := range map[string][]byte{"ledger.small.standings": nil} {
		answer, err := nc.Request(subject, body, patience)
		if err != nil || !strings.Contains(string(answer.Data), `"seq":2503`) {
			t.Errorf("the service: %v, %v", answer, err)
		}
	}
}

// expectCheckpoint waits for a checkpoint of all there is.
func expectCheckpoint(t *testing.T, c *client.Client) {
	t.Helper()
	waitFor(t, "the checkpoint", func() error {
		note, err := c.Checkpoint(t.Context(), "small")
		if err == nil && !strings.Contains(string(note), "\n2503\n") {
			err = fmt.Errorf("the newest is\n%s", note)
		}
		return err
	})
}

// expectDenied tries, as the program's user, what would change or shorten a stream: the server refuses each, and nothing changes.
func expectDenied(t *testing.T, cluster *natstest.Cluster) {
	t.Helper()
	js := cluster.JetStream()
	state := func(name string) string {
		stream, err := js.Stream(t.Context(), name)
		must(t, err)
		info := stream.CachedInfo()
		return fmt.Sprintf("%+v %d to %d", info.Config, info.State.FirstSeq, info.State.LastSeq)
	}
	denied := make(chan error, 100)
	nc := cluster.Connect(nats.UserInfo("campaign", "secret-c"), nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { denied <- err }))
	for _, name := range []string{"CAMPAIGN_small", "CHECKPOINTS_small", "CAMPAIGN_signed", "CHECKPOINTS_signed"} {
		before := state(name)
		for _, verb := range []string{"UPDATE", "DELETE", "PURGE", "RESTORE", "MSG.DELETE", "SNAPSHOT", "PEER.REMOVE", "LEADER.STEPDOWN"} {
			subject := "$JS.API.STREAM." + verb + "." + name
			must(t, nc.PublishRequest(subject, nc.NewInbox(), fmt.Appendf(nil, `{"name":%q,"subjects":["campaign.small"],"max_msgs":1,"seq":1,"peer":"n1"}`, name)))
			must(t, nc.Flush())
			select {
			case err := <-denied:
				if !errors.Is(err, nats.ErrPermissionViolation) || !strings.Contains(err.Error(), subject) {
					t.Errorf("%s: %v", subject, err)
				}
			case <-time.After(10 * time.Second):
				t.Errorf("%s is not denied", subject)
			}
		}
		if after := state(name); after != before {
			t.Errorf("%s was\n%s\nand is\n%s", name, before, after)
		}
	}
	if _, err := nc.SubscribeSync("campaign.small"); err == nil {
		must(t, nc.Flush())
		if err := <-denied; !errors.Is(err, nats.ErrPermissionViolation) {
			t.Errorf("listening to the log's subject: %v", err)
		}
	}
}
