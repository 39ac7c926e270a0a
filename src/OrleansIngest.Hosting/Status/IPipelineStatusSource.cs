namespace OrleansIngest.Hosting.Status;

/// <summary>Where the web layer learns how the pipeline is; both hosts implement it.</summary>
public interface IPipelineStatusSource
{
    /// <summary>The pipeline now. Cheap: nothing is asked of broker or database.</summary>
    PipelineStatus Read();
}
