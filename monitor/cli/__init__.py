"""What monitor's commands do. Functions return the lines to print; parsing of arguments is `monitor.arguments`' business."""
