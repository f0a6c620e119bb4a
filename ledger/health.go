package ledger

import (
	"context"
	"fmt"
	"strings"

	"campaignledger/events"
)

// StreamsHealth is how a cluster keeps the campaigns' streams.
type StreamsHealth struct {
	Streams    int `json:"streams"`    // of campaigns
	Replicas   int `json:"replicas"`   // the fewest that any of them has
	Leaderless int `json:"leaderless"` // without a leader: nothing can be appended
	Behind     int `json:"behind"`     // with a replica that is offline or not current
}

// Health asks the cluster how it keeps the campaigns' streams: one request for each 256 streams.
func (s *Streams) Health(ctx context.Context) (StreamsHealth, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	var h StreamsHealth
	list := s.js.ListStreams(ctx)
	for info := range list.Info() {
		if id, ok := strings.CutPrefix(info.Config.Name, streamPrefix); !ok || !events.ValidID(id) {
			continue
		}
		if h.Streams++; h.Replicas == 0 || info.Config.Replicas < h.Replicas {
			h.Replicas = info.Config.Replicas
		}
		if info.Cluster == nil { // a server on its own
			continue
		}
		if info.Cluster.Leader == "" {
			h.Leaderless++
		}
		for _, r := range info.Cluster.Replicas {
			if r.Offline || !r.Current {
				h.Behind++
				break
			}
		}
	}
	if err := list.Err(); err != nil {
		return StreamsHealth{}, fmt.Errorf("ask how the streams are: %w", err)
	}
	return h, nil
}
