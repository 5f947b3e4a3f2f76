FROM python:3.12-slim
WORKDIR /app
COPY pyproject.toml README.md LICENSE ./
COPY mockplatforms ./mockplatforms
COPY fixtures ./fixtures
COPY examples ./examples
RUN pip install --no-cache-dir . && useradd --create-home --uid 10001 mock
USER 10001
EXPOSE 8700
HEALTHCHECK --interval=5s --timeout=3s --retries=12 CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8700/_mock/health', timeout=2)"]
ENTRYPOINT ["mockplatforms"]
CMD ["serve", "--host", "0.0.0.0", "--allowed-hosts", "simulator"]
