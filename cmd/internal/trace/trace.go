// Package trace names requests, so that the lines which a log has of one can be found: by the id in its answer, and from there its events.
package trace

import (
	"context"
	"crypto/rand"
)

// Header carries the id, in requests and answers.
const Header = "X-Request-Id"

// maxID bounds an id that a client or a proxy in front gave. It stands in every line about the request.
const maxID = 64

type key struct{}

// New is an id that nobody else has.
func New() string { return rand.Text() }

// Given is the id that a request brought, or a new one where it brought none that can stand in a log.
func Given(id string) string {
	if id == "" || len(id) > maxID {
		return New()
	}
	for _, c := range []byte(id) {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
			return New()
		}
	}
	return id
}

// With is a context of the request with this id.
func With(ctx context.Context, id string) context.Context { return context.WithValue(ctx, key{}, id) }

// Of is the id of the request that ctx belongs to; "" if it belongs to none.
func Of(ctx context.Context) string {
	id, _ := ctx.Value(key{}).(string)
	return id
}
