print("standpipe")
