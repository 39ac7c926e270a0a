using System.Text;
using OrleansIngest.Core.Decoding;
using Xunit;

namespace OrleansIngest.Core.Tests.Decoding;

public class StringCacheTests
{
    [Fact]
    public void Every_length_and_script_is_remembered_up_to_64_bytes()
    {
        var cache = new StringCache(4_096);
        foreach (var text in Enumerable.Range(1, 64).SelectMany(n => new[] { new string('a', n), new string('é', n / 2), new string('€', n / 3) }).Where(t => t != ""))
        {
            var first = cache.Get(Encoding.UTF8.GetBytes(text));
            Assert.Equal(text, first);
            Assert.Same(first, cache.Get(Encoding.UTF8.GetBytes(text)));
        }

        var longer = Encoding.UTF8.GetBytes(new string('a', StringCache.MaxLength + 1));
        Assert.Equal(cache.Get(longer), cache.Get(longer));
        Assert.NotSame(cache.Get(longer), cache.Get(longer));
        Assert.Same("", cache.Get([]));
    }

    [Fact]
    public void A_full_cache_replaces_and_never_gives_a_wrong_string()
    {
        var cache = new StringCache(8);
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < 1_000; i++)
                Assert.Equal($"device-{i}", cache.Get(Encoding.UTF8.GetBytes($"device-{i}")));
        }

        Assert.Same(cache.Get("device-999"u8), cache.Get("device-999"u8));
    }

    [Fact]
    public void Texts_whose_hashes_collide_are_told_apart()
    {
        // Found by search: equal in the bits of the hash that the cache keeps. One set holds them both.
        var cache = new StringCache(1);
        Assert.Equal(["d96878", "d101679", "d96878"], [cache.Get("d96878"u8), cache.Get("d101679"u8), cache.Get("d96878"u8)]);
    }

    [Fact]
    public void A_fleet_of_half_its_size_fits()
    {
        var cache = new StringCache(65_536);
        var ids = Enumerable.Range(0, 32_768).Select(i => Encoding.UTF8.GetBytes($"f2-{i:x12}")).ToArray();
        var first = ids.Select(id => cache.Get(id)).ToArray();
        var kept = ids.Where((id, i) => ReferenceEquals(first[i], cache.Get(id))).Count();
        Assert.InRange(kept, ids.Length * 9 / 10, ids.Length);
    }
}
