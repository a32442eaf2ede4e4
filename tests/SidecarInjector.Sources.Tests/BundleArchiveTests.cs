using System.Diagnostics;
using System.Formats.Tar;
using System.Security.Cryptography;
using SidecarInjector.Configuration;
using SidecarInjector.Sources.Packing;
using Xunit;

namespace SidecarInjector.Sources.Tests;

public sealed class BundleArchiveTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("injector-archives-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void The_same_files_give_the_same_bytes_whatever_their_order()
    {
        var files = TestBundles.Marked("one");

        var (first, second) = (BundleArchive.Pack(BundleArchive.AddManifest(files, 7)), BundleArchive.Pack(BundleArchive.AddManifest([.. files.Reverse()], 7)));

        Assert.Equal(first, second);
        // Written down, so that a change of format or library is noticed: other machines must get these bytes too.
        Assert.Equal("7c027031515c50dc3846d76d58bdaafb", Convert.ToHexStringLower(SHA256.HashData(first))[..32]);
    }

    [Fact]
    public void What_was_packed_is_unpacked()
    {
        var files = BundleArchive.AddManifest(TestBundles.Marked("one"), 7);

        var unpacked = BundleArchive.Unpack(BundleArchive.Pack(files));

        Assert.Equal(files.Select(f => f.Path), unpacked.Select(f => f.Path));
        Assert.All(files.Zip(unpacked), p => Assert.Equal(p.First.Content.ToArray(), p.Second.Content.ToArray()));
        Assert.Equal(7, new BundleVerifier([]).Verify(unpacked).Version);
    }

    public static TheoryData<string, TarEntryType> HostileEntries => new()
    {
        { "../outside", TarEntryType.RegularFile },
        { "/etc/passwd", TarEntryType.RegularFile },
        { "templates/../../outside", TarEntryType.RegularFile },
        { ".hidden", TarEntryType.RegularFile },
        { "link", TarEntryType.SymbolicLink },
        { "hard", TarEntryType.HardLink },
        { "pipe", TarEntryType.Fifo },
    };

    [Theory]
    [MemberData(nameof(HostileEntries))]
    public void An_archive_with_more_than_plain_files_inside_of_it_is_refused(string path, TarEntryType type)
    {
        using var buffer = new MemoryStream();
        using (var writer = new TarWriter(buffer, TarEntryFormat.Ustar, leaveOpen: true))
        {
            var entry = new UstarTarEntry(type, path);
            if (type is TarEntryType.SymbolicLink or TarEntryType.HardLink)
                entry.LinkName = "/etc/passwd";
            writer.WriteEntry(entry);
        }

        var refused = Assert.Throws<BundleRefusedException>(() => BundleArchive.Unpack(buffer.ToArray()));

        Assert.Contains(path, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_that_stands_twice_is_refused()
    {
        var archive = BundleArchive.Pack([TestBundles.File("config.yaml", "a"), TestBundles.File("config.yaml", "b")]);

        var refused = Assert.Throws<BundleRefusedException>(() => BundleArchive.Unpack(archive));

        Assert.Equal("The archive holds config.yaml twice.", refused.Message);
    }

    [Fact]
    public void A_damaged_archive_is_refused_wherever_it_was_cut_or_changed()
    {
        var whole = BundleArchive.Pack(BundleArchive.AddManifest(TestBundles.Marked("one"), 1));
        var content = BundleArchive.Unpack(whole).Select(f => Convert.ToHexString(f.Content.Span)).ToList();

        foreach (var at in Enumerable.Range(0, whole.Length / 97).Select(i => i * 97))
        {
            var changed = whole.ToArray();
            changed[at] ^= 0x55;
            Assert.True(IsRefusedOrSame(changed, content), $"changed at {at}");
            Assert.True(IsRefusedOrSame(whole[..at], content), $"cut at {at}");
        }
    }

    /// <summary>A change of what means nothing, such as padding or an entry's time, may pass.</summary>
    private static bool IsRefusedOrSame(byte[] archive, List<string> content)
    {
        try
        {
            var files = BundleArchive.Unpack(archive);
            new BundleVerifier([]).Verify(files);
            return files.Select(f => Convert.ToHexString(f.Content.Span)).SequenceEqual(content);
        }
        catch (BundleRefusedException)
        {
            return true;
        }
    }

    [Fact]
    public void An_archive_with_a_size_below_zero_is_damaged()
    {
        var archive = BundleArchive.Pack(BundleArchive.AddManifest(TestBundles.Marked("one"), 1));
        archive.AsSpan(124, 12).Fill(0xff);

        Assert.Throws<BundleRefusedException>(() => BundleArchive.Unpack(archive));
    }

    [NeedsOpensslFact]
    public async Task OpenSSL_verifies_our_signature_and_makes_one_that_we_take()
    {
        await OpensslAsync("ecparam -name prime256v1 -genkey -noout -out key.pem");
        await OpensslAsync("ec -in key.pem -pubout -out public.pem");
        var packed = BundleArchive.AddManifest(TestBundles.Marked("one"), 1);
        await File.WriteAllBytesAsync(InFolder("manifest.json"), packed.Single(f => f.Path == "manifest.json").Content.ToArray());
        using var key = BundleSignature.ReadKey(await File.ReadAllTextAsync(InFolder("key.pem")));
        using var publicKey = BundleSignature.ReadKey(await File.ReadAllTextAsync(InFolder("public.pem")));

        var signed = BundleSignature.Sign(packed, key);
        await File.WriteAllBytesAsync(InFolder("ours.sig"), Convert.FromBase64String(Text(signed, "manifest.sig").Trim()));
        await OpensslAsync("dgst -sha256 -verify public.pem -signature ours.sig manifest.json");
        await OpensslAsync("dgst -sha256 -sign key.pem -out theirs.sig manifest.json");
        var theirs = Convert.ToBase64String(await File.ReadAllBytesAsync(InFolder("theirs.sig")));

        Assert.True(BundleSignature.IsSignedBy([.. packed, TestBundles.File("manifest.sig", theirs)], [publicKey]));
    }

    [Fact]
    public void Signing_with_a_second_key_keeps_the_first_and_signing_again_replaces_ones_own()
    {
        using var first = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var second = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var packed = BundleArchive.AddManifest(TestBundles.Marked("one"), 1);

        var signed = BundleSignature.Sign(BundleSignature.Sign(BundleSignature.Sign(packed, first), second), first);

        Assert.Equal(2, Text(signed, "manifest.sig").Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.True(BundleSignature.IsSignedBy(signed, [first]) && BundleSignature.IsSignedBy(signed, [second]));
    }

    [Theory]
    [InlineData("hello")]
    [InlineData("")]
    public void A_text_that_is_no_key_is_refused(string pem) => Assert.Throws<CryptographicException>(() => BundleSignature.ReadKey(pem));

    [Fact]
    public void A_key_on_another_curve_is_refused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);

        var refused = Assert.Throws<CryptographicException>(() => BundleSignature.ReadKey(key.ExportSubjectPublicKeyInfoPem()));

        Assert.Contains("P-256", refused.Message, StringComparison.Ordinal);
    }

    private static string Text(IReadOnlyList<BundleFile> files, string path)
        => System.Text.Encoding.UTF8.GetString(files.Single(f => f.Path == path).Content.Span);

    private string InFolder(string file) => Path.Combine(folder, file);

    private async Task OpensslAsync(string arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("openssl", arguments) { WorkingDirectory = folder, RedirectStandardError = true, RedirectStandardOutput = true })!;
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, errors);
    }
}

/// <summary>A test that runs openssl. It is skipped, and says so, where that is not on the PATH.</summary>
public sealed class NeedsOpensslFactAttribute : FactAttribute
{
    public NeedsOpensslFactAttribute()
    {
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(f => File.Exists(Path.Combine(f, "openssl"))))
            Skip = "openssl is not on the PATH.";
    }
}
