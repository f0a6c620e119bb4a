package metrics

import _ "embed"

//go:embed dashboard.json
var dashboard []byte

// Dashboard is a dashboard for Grafana, which asks for its data source when it is imported. A test holds its queries against what is exported.
func Dashboard() []byte { return append([]byte(nil), dashboard...) }
