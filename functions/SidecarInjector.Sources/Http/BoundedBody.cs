namespace SidecarInjector.Sources.Http;

/// <summary>Reads a body that may be larger than it says, or unpack to far more than was sent.</summary>
internal static class BoundedBody
{
    /// <summary>The whole body; null as soon as there are more than <paramref name="limit"/> bytes.</summary>
    /// <exception cref="InvalidDataException">The body is compressed and damaged.</exception>
    public static async Task<byte[]?> ReadAsync(Stream body, int limit, CancellationToken cancellation)
    {
        using var content = new MemoryStream();
        var buffer = new byte[64 * 1024];
        int count;
        while ((count = await ReadSomeAsync(body, buffer, cancellation)) > 0)
        {
            if (content.Length + count > limit)
                return null;
            content.Write(buffer, 0, count);
        }
        return content.ToArray();
    }

    private static async ValueTask<int> ReadSomeAsync(Stream body, byte[] buffer, CancellationToken cancellation)
    {
        try
        {
            return await body.ReadAsync(buffer, cancellation);
        }
        catch (InvalidOperationException e)
        {
            // Brotli's way of saying what gzip says with InvalidDataException.
            throw new InvalidDataException(e.Message, e);
        }
    }
}
