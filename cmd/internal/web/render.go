package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

//go:embed assets
var assetFiles embed.FS

//go:embed pages
var pageFiles embed.FS

// Assets serves styles and scripts.
func Assets() http.Handler { return http.FileServerFS(assetFiles) }

// Templates are all pages, ready to be shown.
type Templates map[string]*template.Template

// Parse reads the templates: each page with the layout and the parts that several have.
func Parse() Templates {
	pages := Templates{}
	base := template.Must(template.New("layout.html").Funcs(template.FuncMap{"join": strings.Join, "dict": dict}).ParseFS(pageFiles, "pages/layout.html", "pages/parts.html"))
	files, err := fs.Glob(pageFiles, "pages/*.html")
	if err != nil { // the pattern is a constant
		panic(err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(path.Base(file), ".html")
		if name != "layout" && name != "parts" {
			pages[name] = template.Must(template.Must(base.Clone()).ParseFS(pageFiles, file))
		}
	}
	return pages
}

// dict gives a part several things by name.
func dict(pairs ...any) (map[string]any, error) {
	d := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: %v is not a name", pairs[i])
		}
		d[name] = pairs[i+1]
	}
	return d, nil
}

// Render makes a page's HTML.
func (t Templates) Render(p Page) ([]byte, error) {
	page, ok := t[p.Name]
	if !ok {
		return nil, fmt.Errorf("there is no page %s", p.Name)
	}
	var b bytes.Buffer
	if err := page.ExecuteTemplate(&b, "layout.html", p.Data); err != nil {
		return nil, fmt.Errorf("page %s: %w", p.Name, err)
	}
	return b.Bytes(), nil
}
