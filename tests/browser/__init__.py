"""What people see and do in a browser, in the demonstration as it is served."""
