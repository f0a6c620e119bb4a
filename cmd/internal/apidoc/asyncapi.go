package apidoc

import (
	"errors"
	"fmt"
)

// Async is what comes without being asked for again: feeds over HTTP and subjects of NATS.
type Async struct {
	About    string
	Channels []Channel
}

// Channel is a feed, or a pattern of subjects.
type Channel struct {
	Name     string // a name in the document
	NATS     bool   // else HTTP
	Address  string // a subject, or a path; {names} are parameters
	About    string
	Params   map[string]string // what each parameter is
	Requests bool              // others send the messages, and the server replies; else the server sends them
	Messages []Message
	Replies  []Message
	Extra    map[string]any // x-… members
}

// Message is one kind of message.
type Message struct {
	Name    string
	About   string
	Type    string // media type
	Headers *Schema
	Of      any // a value of a Go type, or a *Schema
	Example any
}

// AsyncAPI is the document of the channels.
func (s *Spec) AsyncAPI() ([]byte, error) {
	known, err := newSchemas(s.Types)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"Record", "Draft"} {
		if schema, ok := known.named[name].(map[string]any); ok {
			schema["discriminator"] = "type" // the member's name alone, other than in OpenAPI
		}
	}
	channels, operations, messages := map[string]any{}, map[string]any{}, map[string]any{}
	for i := range s.Async.Channels {
		c := &s.Async.Channels[i]
		err := errors.Join(known.addMessages(messages, c.Messages), known.addMessages(messages, c.Replies))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Name, err)
		}
		channels[c.Name] = c.channel(c.Address, c.Messages)
		operations[c.Name] = c.operation(channels)
	}
	err = s.problemSchemas(known)
	if err == nil {
		err = known.keep(messages)
	}
	if err != nil {
		return nil, err
	}
	return encode(map[string]any{
		"asyncapi":           "3.0.0",
		"info":               map[string]any{"title": s.Title, "version": s.Version, "description": s.Async.About},
		"defaultContentType": "application/json",
		"servers": map[string]any{
			"http": map[string]any{"host": "localhost", "protocol": "http", "description": "The address that campaign serve prints; https with certificates."},
			"nats": map[string]any{"host": "localhost:4222", "protocol": "nats", "description": "Where campaign serve opens a NATS port, or the cluster of --nats."},
		},
		"channels": channels, "operations": operations,
		"components": map[string]any{"schemas": known.named, "messages": messages},
	})
}

func (s *schemas) addMessages(to map[string]any, list []Message) error {
	for _, m := range list {
		payload, err := s.of(m.Of)
		if err != nil {
			return fmt.Errorf("message %s: %w", m.Name, err)
		}
		made := map[string]any{"name": m.Name, "summary": m.About, "contentType": m.Type, "payload": payload}
		if m.Headers != nil {
			made["headers"] = m.Headers
		}
		if m.Example != nil {
			made["examples"] = []any{map[string]any{"payload": m.Example}}
		}
		to[m.Name] = made
	}
	return nil
}

func (c *Channel) server() reference {
	if c.NATS {
		return reference{"#/servers/nats"}
	}
	return reference{"#/servers/http"}
}

func (c *Channel) channel(address any, list []Message) map[string]any {
	messages := map[string]any{}
	for _, m := range list {
		messages[m.Name] = reference{"#/components/messages/" + m.Name}
	}
	made := map[string]any{"address": address, "description": c.About, "servers": []any{c.server()}, "messages": messages}
	if len(c.Params) > 0 && address != nil {
		parameters := map[string]any{}
		for name, about := range c.Params {
			parameters[name] = map[string]any{"description": about}
		}
		made["parameters"] = parameters
	}
	for key, value := range c.Extra {
		made[key] = value
	}
	return made
}

// operation is what the server does on the channel. A reply goes to an inbox that the request names: a channel without an address.
func (c *Channel) operation(channels map[string]any) map[string]any {
	made := map[string]any{"action": "send", "channel": reference{"#/channels/" + c.Name}, "messages": within(c.Name, c.Messages)}
	if !c.NATS {
		made["bindings"] = map[string]any{"http": map[string]any{"method": "GET", "bindingVersion": "0.3.0"}}
	}
	if c.Requests {
		made["action"] = "receive"
		inbox := c.Name + "Reply"
		channels[inbox] = c.channel(nil, c.Replies)
		made["reply"] = map[string]any{"address": map[string]any{"location": "$message.header#/reply", "description": "The request's NATS reply subject."},
			"channel": reference{"#/channels/" + inbox}, "messages": within(inbox, c.Replies)}
	}
	return made
}

func within(channel string, list []Message) (refs []any) {
	for _, m := range list {
		refs = append(refs, reference{"#/channels/" + channel + "/messages/" + m.Name})
	}
	return refs
}
