// Package eks detects nothing.
package eks

import "go.opentelemetry.io/otel/sdk/resource"

func NewResourceDetector() resource.Detector { return nil }
