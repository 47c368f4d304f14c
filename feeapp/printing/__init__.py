"""The printing room: typed values in, paper out. The only room that knows how a PDF is made."""
